"""`akamai-mcp completion bash|zsh|fish`: a script that completes commands, options, their values and operations."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PROGRAM: Final = "akamai-mcp"
MAX_NAMES: Final = 500
TAKES_NAMES: Final = ("call", "operations describe")  # commands whose first word is an operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A command by its words: the commands below it, its options with their help, and the values of its first argument."""

    path: str
    commands: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Everything that may stand next."""
        return " ".join([*(name for name, _ in self.commands), *self.values, *(name for name, _ in self.options)])


def completion(options: argparse.Namespace) -> int:
    """Print the script of a shell, or the names of operations that begin with a word."""
    if options.shell == "names":
        from akamai_mcp.cli.operations import open_served  # 150 ms, and none for a script

        print("\n".join([name for name in open_served().names() if name.startswith(options.word)][:MAX_NAMES]))
        return 0
    from akamai_mcp.cli.commands import build_parser  # a command that builds the parser it is part of
    from akamai_mcp.cli.serve import serve_parser

    levels = [*read_levels(build_parser()), *read_levels(serve_parser(), "serve")]
    print(fish_script(levels) if options.shell == "fish" else bash_script(levels, is_zsh=options.shell == "zsh"))
    return 0


def read_levels(parser: argparse.ArgumentParser, path: str = "") -> Iterator[Level]:
    """A parser's command and every command below it; `serve` has a parser of its own."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001
    helps = {row.dest: row.help or "" for action in below for row in action._choices_actions}  # noqa: SLF001
    actions = [action for action in parser._actions if action not in below]  # noqa: SLF001
    inner = [(name, one) for action in below for name, one in action.choices.items()]
    if path == "serve" and not any(action.option_strings != ["-h", "--help"] for action in actions):
        return
    yield Level(
        path=path,
        commands=tuple((name, helps.get(name, "")) for name, _ in inner),
        options=tuple((action.option_strings[-1], action.help or "") for action in actions if action.option_strings),
        values=tuple(str(v) for action in actions if not action.option_strings and action.choices for v in action.choices),
    )
    for name, one in inner:
        yield from read_levels(one, f"{path} {name}".strip())


def bash_script(levels: list[Level], *, is_zsh: bool = False) -> str:
    """The script for bash, and for zsh, which reads completions of bash and where `path` would be another PATH."""
    known = "|".join(f'"{level.path}"' for level in levels if level.path)
    cases = "\n".join(f'    "{level.path}") words="{level.words}" ;;' for level in levels)
    named = "|".join(f'"{path}"' for path in TAKES_NAMES)
    start = "#compdef akamai-mcp\nautoload -U +X bashcompinit && bashcompinit\n" if is_zsh else ""
    return f"""{start}# completion of {PROGRAM}: source this file, or put it where the shell looks for completions
_akamai_mcp() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" place="" next words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next="${{place:+$place }}${{COMP_WORDS[i]}}"
    case "$next" in {known}) place="$next" ;; esac
  done
  case "$place" in
{cases}
  esac
  case "$place" in {named}) [[ "$cur" == -* ]] || words="$({PROGRAM} completion names -- "$cur" 2>/dev/null)" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o default -F _akamai_mcp {PROGRAM}"""


def fish_script(levels: list[Level]) -> str:
    """The script for fish, with the help of commands and options."""
    known = " ".join(_quoted(level.path) for level in levels if level.path)
    lines = [line for level in levels for line in _fish_lines(level)]
    return "\n".join([FISH.replace("KNOWN", known), *lines])


FISH: Final = """# completion of akamai-mcp: put this file into ~/.config/fish/completions
function __akamai_mcp_at
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l next (string join ' ' $path $word)
        contains -- $next KNOWN; and set path $next
    end
    test "$path" = "$argv[1]"
end
complete -c akamai-mcp -f"""


def _fish_lines(level: Level) -> Iterator[str]:
    head = f'complete -c {PROGRAM} -n "__akamai_mcp_at {_quoted(level.path)}"'
    for name, about in level.commands:
        yield f"{head} -a {name} -d {_quoted(about)}"
    if level.values:
        yield f"{head} -a {_quoted(' '.join(level.values))}"
    if level.path in TAKES_NAMES:
        yield f"{head} -a '({PROGRAM} completion names -- (commandline -ct))'"
    for name, about in level.options:
        yield f"{head} -l {name.removeprefix('--')} -d {_quoted(about)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
