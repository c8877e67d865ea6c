"""`zsync completion`: the script with which a shell asks zsync what can stand next. Opens no socket."""

import click

from zsync.cli.command import command
from zsync.cli.invocation import Invocation


@command(
    click.Argument(["shell"], type=click.Choice(("bash", "zsh", "fish"))), exits={0: "printed", 64: "usage"}
)
def completion(call: Invocation, shell: str) -> None:
    """Print what makes bash, zsh or fish complete zsync's commands, options and values.

    Values are environments, runs, guards, the words that explain knows, formats, selectors, and parents of the manifests. They come from the
    files here: completing never asks the CRM.

    For bash, add to ~/.bashrc: eval "$(zsync completion bash)"

    For zsh, add to ~/.zshrc, after compinit: eval "$(zsync completion zsh)"

    For fish: zsync completion fish > ~/.config/fish/completions/zsync.fish
    """
    from zsync.cli.shells import script

    call.output.result(script(shell))
