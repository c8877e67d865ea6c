"""Names of files: safe on every file system, and the same from run to run."""

from unicodedata import is_normalized

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.laws import tries
from zsync.pulling.naming import folder_name, free_name, name_files, same_name, slug
from zsync.pulling.parents import PulledParent


def parent(record_id: str, label: str, *, alone: bool = True) -> PulledParent:
    match = (("Campaign_Name", label),) if alone and label else ()
    return PulledParent("Campaigns", record_id, label, match, {})


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Spring Launch 2027", "spring-launch-2027"),
        ("  ...Fair! (Nürnberg) ", "fair-nurnberg"),
        ("Straße", "strasse"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ('a\\b:c*d?e<f>g|h"i\0j', "a-b-c-d-e-f-g-h-i-j"),
        ("–-_-–", ""),
        ("🎉", ""),
        ("春の発表会", "春の発表会"),
        ("ガ", "ガ"),
        ("한국", "한국"),
        ("Й", "й"),
        ("ﬁx ２０２７", "fix-2027"),
        ("e\u0301te\u0301", "ete"),
        ("İstanbul", "istanbul"),
        ("ana@acme.example", "ana-acme-example"),
        ("\u202egnirpS", "gnirps"),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_a_file_is_named_after_its_record(label: str, name: str) -> None:
    assert slug(label) == name


@given(st.text(max_size=300))
@tries(100)
def test_whatever_a_record_is_called_the_name_is_one_that_every_system_has(label: str) -> None:
    name = slug(label)
    assert len(f"{name}-99999999999999999999-contact_roles-99.yaml".encode()) <= 255
    assert all(char.isalnum() or char == "-" or ord(char) > 127 for char in name)
    assert name == name.strip("-. ") == same_name(name)
    assert is_normalized("NFC", name)
    # A system that stores the other form, and gives it back, has the same file.
    assert slug(name) == name


def test_a_long_name_is_cut_between_words() -> None:
    name = slug("The annual gathering of everybody who has ever bought a sensor from us")
    assert name == "the-annual-gathering-of-everybody-who-has-ever-bought-a"
    assert len(slug("x" * 400)) == 60
    assert len(slug("春" * 400).encode()) <= 150


@pytest.mark.parametrize("word", ["con", "NUL", "Lpt1", "com9", "aux", "zsync"])
def test_names_that_a_system_or_zsync_keeps_get_the_id_as_well(word: str) -> None:
    assert name_files([parent("501", word)], []) == {"501": f"{word.lower()}-501"}


def test_of_two_records_that_would_share_a_file_both_have_their_ids() -> None:
    two = [parent("501", "Spring!"), parent("502", "SPRING"), parent("503", "Fall")]
    named = {"501": "spring-501", "502": "spring-502", "503": "fall"}
    assert name_files(two, []) == name_files(two[::-1], []) == named


def test_a_record_without_a_name_of_its_own_is_named_by_its_id() -> None:
    twins = [parent("501", "Spring", alone=False), parent("502", "🎉"), parent("503", "")]
    assert name_files(twins, []) == {"501": "spring-501", "502": "502", "503": "503"}


@pytest.mark.parametrize("taken", ["spring.yaml", "SPRING.YAML", "Spring.yml"])
def test_a_name_that_is_taken_in_any_case_is_left_alone(taken: str) -> None:
    assert name_files([parent("501", "Spring")], [taken]) == {"501": "spring-501"}
    assert name_files([parent("501", "Spring")], [taken, "spring-501.yaml"]) == {"501": "spring-501-2"}


def test_a_sheet_gets_a_name_that_is_free() -> None:
    assert free_name("spring-leads", ".csv", []) == "spring-leads.csv"
    assert (
        free_name("spring-leads", ".csv", ["Spring-Leads.CSV", "spring-leads-2.csv"]) == "spring-leads-3.csv"
    )


@pytest.mark.parametrize(
    ("module", "folder"),
    [
        ("Campaigns", "campaigns"),
        ("Price_Books", "price-books"),
        ("Appointments__s", "appointments"),
        ("__s", "other"),
    ],
)
def test_each_module_has_its_folder(module: str, folder: str) -> None:
    assert folder_name(module) == folder
