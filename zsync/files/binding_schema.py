"""What a plan is bound to, as pydantic models of the plan file."""

from typing import Literal

from pydantic import Field

from zsync.files.strict import Commit, Digest, Id, Name, Strict


class ConfiguredModel(Strict):
    """The zsync.yaml that was in force."""

    path: str = Field(description="Its path from the repository's root.")
    digest: Digest = Field(description="Over all of its bytes.")


class OpenRowModel(Strict):
    """A relation that keeps the base that it had."""

    module: Name = Field(description="api_name of the module of one of its records.")
    record_id: Id = Field(description="That record's id.")
    related_module: Name = Field(description="api_name of the module of the other record.")
    related_record_id: Id = Field(description="That record's id.")
    base: Commit = Field(description="The commit that it is to be compared with; empty for none.")


class BaseCommitModel(Strict):
    """What the plan was judged against."""

    commit: Commit = Field(description="The commit; empty where there was no base.")
    configuration: ConfiguredModel | None = Field(
        description="The zsync.yaml that was in force there; null where there was none."
    )
    name: str = Field(description="How people call the commit; empty where only by its digits.")
    rows: Commit = Field(
        description="The commit whose manifests were compared, where it is another one than that whose guards hold; else empty."
    )
    without: Literal["", "asked", "no-git", "no-commit", "unreadable", "undo"] = Field(
        description="Why the manifests were compared with none: --no-base, no repository, no commit in it, errors in those of "
        "the commit, or an undo, whose base counts for its guards alone; empty where they were compared."
    )


class ProfileBoundModel(Strict):
    """An org profile that the plan used."""

    environment: str = Field(description="The environment that it is of.")
    digest: Digest = Field(description="Over the bytes of its file.")


class BindingModel(Strict):
    """What the plan is for and was made from; apply refuses a plan whose binding does not fit."""

    org_id: str = Field(description="The org of the CRM (its `zgid`).")
    org_type: str = Field(description="production, sandbox or developer.")
    api_domain: str = Field(description="The address of the API that the plan was read from.")
    environment: str = Field(description="The environment's name in zsync.yaml; empty without one.")
    manifests: Digest = Field(description="Over the names and bytes of the manifests.")
    guards: Digest = Field(description="Over the guards of zsync.yaml.")
    git_commit: str = Field(description="The commit of the manifests; empty outside of a repository.")
    zsync: str = Field(description="The version of zsync that made the plan.")
    created_at: str = Field(description="ISO 8601, UTC.")
    expires_at: str = Field(description="ISO 8601, UTC; apply refuses the plan from then on.")
    accounts_url: str = Field(description="The server that the secrets go to for access tokens.")
    configuration: ConfiguredModel | None = Field(
        description="The zsync.yaml in force; null where there is none."
    )
    base: BaseCommitModel
    profiles: list[ProfileBoundModel] = Field(
        description="The org profiles that the plan used; apply refuses it where one has changed."
    )
    put: Literal["all", "changed"] = Field(
        description="What an update sends: every field that is known of a relation, or those that change."
    )
