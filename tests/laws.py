"""How hard hypothesis tries the laws: the same few examples before every merge, many fresh ones every night.

Before a merge the examples follow from the law alone. A law that fails there fails for what was changed, on every machine and
each time, and none costs a run for what someone else once overlooked: finding that is what the nights are for.
"""

from hypothesis import HealthCheck, settings

MERGE, NIGHTLY, MUTANTS = "merge", "nightly", "mutants"
EXAMPLES = {MERGE: 50, NIGHTLY: 1_000, MUTANTS: 20}
"""Of a law that does not say otherwise. A mutant that survives is tried with every law: it is better noticed by a test of one case."""

# Whether an example comes quickly says how busy the machine is, and nothing about the law.
TIMED = (HealthCheck.too_slow,)

settings.register_profile(
    MERGE,
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=EXAMPLES[MERGE],
    suppress_health_check=TIMED,
)
# Said, not left to hypothesis: where `CI` is set it would decide by itself, and try the same examples every night.
settings.register_profile(
    NIGHTLY,
    deadline=None,
    derandomize=False,
    print_blob=True,
    max_examples=EXAMPLES[NIGHTLY],
    suppress_health_check=TIMED,
)
settings.load_profile(MERGE)


def tries(merge: int = EXAMPLES[MERGE], nightly: int = 0, *, shared: bool = False) -> settings:
    """The settings of a law: how many examples before a merge, and every night, twenty times as many if nothing is said.

    For each mutant it is as small a part of `merge` as for a law that says nothing.

    `shared`: the examples share the test's fixtures, and leave nothing in them that another would see.
    """
    name = settings.get_current_profile_name()
    wanted = {NIGHTLY: nightly or 20 * merge, MUTANTS: max(1, merge * EXAMPLES[MUTANTS] // EXAMPLES[MERGE])}
    number = wanted.get(name, merge)
    profile = settings.get_profile(name)
    checks = set(profile.suppress_health_check) | ({HealthCheck.function_scoped_fixture} if shared else set())
    return settings(max_examples=number, suppress_health_check=sorted(checks, key=str))
