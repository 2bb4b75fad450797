"""What may be typed next: verbs and options as the program has them, shoots from the ledger, places from the settings.

A shell asks by `_SAFELIGHT_COMPLETE`, the words so far, a line each, and passes no arguments: whatever `safelight` it
finds runs nothing. An answer is a line each: value, tab, help. `<folders>` and `<files>`: the shell knows them itself.
"""

import contextlib
import os
import sqlite3
import tomllib
from collections.abc import Sequence

import typer
import typer.main
from click import Command, Context, Parameter
from click.core import ParameterSource
from click.types import Choice

from ingest.cli.console import printable
from ingest.errors import UsageError

Found = tuple[str, str]  # value, help
FOLDERS, FILES = "<folders>", "<files>"
_SHOOTS = ("shoot", "what", "only")
_PLACES = ("destination", "place", "name")  # `--at`, `--from`, the name of a drive
_FOLDERS = ("card", "to", "home", "source")
_FILES = ("catalog", "path")
_CHOICES = {
    ("completion", "shell"): ("bash", "zsh", "fish"), ("demo", "card"): ("canon", "sony", "damaged"),
    ("audit", "kind"): ("lightroom", "capture_one", "darktable"), ("recover", "source"): ("b2", FOLDERS),
    ("restore", "source"): ("cloud",), ("drill", "place"): ("cloud",), ("watch", "card"): (FOLDERS,),
}  # fmt: skip


def answer(app: typer.Typer) -> None:
    """Print what a shell asked for; whatever goes wrong, nothing is suggested and nothing is said."""
    from ingest.cli.main import COMPLETE

    typed = os.environ[COMPLETE].split("\n")
    with contextlib.suppress(Exception):
        for value, help_ in found(typer.main.get_command(app), typed[:-1], typed[-1]):
            if value.isprintable():  # no other name could be typed
                print(f"{value}\t{printable(help_)}")


def found(program: Command, words: Sequence[str], begun: str) -> list[Found]:
    """How `begun` may go on behind these words (without `safelight`); sorted as the help has it."""
    context, verb = _context(program, words)
    waiting = _option_that_waits(context, words)
    if waiting:
        return _that_begin(_values(verb, waiting), begun)
    if begun.startswith("-"):
        return _that_begin(_options(context), begun)
    inner = getattr(context.command, "commands", None)
    if inner:
        return _that_begin([(name, each.get_short_help_str(70)) for name, each in inner.items()], begun)
    argument = _argument(context)
    return _that_begin(_values(verb, argument), begun) if argument else []


def _context(program: Command, words: Sequence[str]) -> tuple[Context, str]:
    """The command that the words have come to, and its verb; nothing is run, no callback called."""
    rest, verb = list(words), list[str]()
    context = Context(program, info_name="safelight", resilient_parsing=True)
    while getattr(context.command, "commands", None):
        if rest and rest[0].startswith("-"):
            del rest[: 1 + (rest[0] == "--home")]
            continue
        inner = getattr(context.command, "commands", {}).get(rest[0]) if rest else None
        if inner is None:
            return context, " ".join(verb)
        verb.append(rest.pop(0))
        context = Context(inner, info_name=verb[-1], parent=context, resilient_parsing=True)
    with contextlib.suppress(Exception):  # an option that still lacks its value
        context.command.parse_args(context, rest)
    return context, " ".join(verb)


def _option_that_waits(context: Context, words: Sequence[str]) -> Parameter | None:
    """The option whose value is typed now."""
    for option in context.command.get_params(context):
        takes = option.param_type_name == "option" and not getattr(option, "is_flag", False)
        if takes and words and words[-1] in option.opts:
            return option
    return None


def _options(context: Context) -> list[Found]:
    records = [(option, option.get_help_record(context)) for option in context.command.get_params(context)]
    return [
        (max(option.opts, key=len), record[1])
        for option, record in records
        if record and option.param_type_name == "option" and not getattr(option, "hidden", False)
    ]


def _argument(context: Context) -> Parameter | None:
    """The first argument that is not typed yet, or that may be repeated."""
    for option in context.command.get_params(context):
        if option.param_type_name != "argument" or option.name is None:
            continue
        is_typed = context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
        if option.nargs == -1 or not is_typed:
            return option
    return None


def _values(verb: str, option: Parameter) -> list[Found]:
    name = option.name or ""
    given = _CHOICES.get((verb, name), ())
    values: list[Found] = [(value, "") for value in given]
    if isinstance(option.type, Choice):
        values += [(str(value), "") for value in option.type.choices]
    if name in _SHOOTS:
        values += _shoots()
    if name in _PLACES or (verb, name) == ("restore", "source"):
        values += _places()
    if not given and name in _FOLDERS:
        values.append((FOLDERS, ""))
    if name in _FILES:
        values.append((FILES, ""))
    return values


def _that_begin(values: Sequence[Found], begun: str) -> list[Found]:
    kept = [(value, help_) for value, help_ in values if value in (FOLDERS, FILES) or _begins(value, begun)]
    return list(dict.fromkeys(kept))


def _begins(value: str, begun: str) -> bool:
    return value.casefold().startswith(begun.casefold())


def _shoots() -> list[Found]:
    """The names of the newest hundred shoots, with their days. The ledger is only read, and never waited for."""
    from ingest.config import home_folder

    address = f"{(home_folder() / 'ledger.sqlite').absolute().as_uri()}?mode=ro"
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(address, uri=True, timeout=0.2)) as db:
        return list(db.execute("SELECT name, day FROM shoot ORDER BY id DESC LIMIT 100"))
    return []


def _places() -> list[Found]:
    """The destinations of the settings, unchecked: doctor tells mistakes."""
    from ingest.config import CONFIG_FILE, home_folder

    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        settings = tomllib.loads((home_folder() / CONFIG_FILE).read_text(encoding="utf-8"))
        return [(str(table["name"]), str(table.get("kind", ""))) for table in settings["destinations"]]
    return []


def script(shell: str) -> str:
    """The script for a shell.

    Raises:
        UsageError: it is none of the three.
    """
    if shell not in _SCRIPTS:
        raise UsageError(f"There is no script for {shell!r}", hint="Known are: bash, zsh, fish")
    return _SCRIPTS[shell]


_BASH = r"""# Completion of safelight for bash: in ~/.bashrc, or as ~/.local/share/bash-completion/completions/safelight
_safelight() {
  local begun=${COMP_WORDS[COMP_CWORD]} quote= value
  local words=("${COMP_WORDS[@]:1:COMP_CWORD}") IFS=$'\n'
  case $begun in
    [\"\']*) quote=${begun:0:1}; words[COMP_CWORD-1]=${begun:1} ;;
    *\\*) words[COMP_CWORD-1]=${begun//\\/} ;;
  esac
  COMPREPLY=()
  while IFS=$'\t' read -r value _; do
    case $value in
      '<folders>') compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$begun") ;;
      '<files>') compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$begun") ;;
      ?*) if [[ $quote ]]; then COMPREPLY+=("$value"); else printf -v value %q "$value"; COMPREPLY+=("$value"); fi ;;
    esac
  done < <(_SAFELIGHT_COMPLETE="${words[*]}" "${COMP_WORDS[0]}" 2>/dev/null)
}
complete -F _safelight safelight
"""
_ZSH = r"""#compdef safelight
# Completion of safelight for zsh: keep it as _safelight in a folder of $fpath
_safelight() {
  local line value help
  local -a values asked
  asked=("${(@Q)words[2,CURRENT]}")
  for line in "${(@f)$(_SAFELIGHT_COMPLETE="${(pj:\n:)asked}" ${words[1]} 2>/dev/null)}"; do
    value=${line%%$'\t'*} help=${line#*$'\t'}
    case $value in
      '<folders>') _files -/ ;;
      '<files>') _files ;;
      ?*) values+=("${value//:/\\:}:$help") ;;
    esac
  done
  (( $#values )) && _describe safelight values
}
if [[ $funcstack[1] == _safelight ]]; then _safelight "$@"; else compdef _safelight safelight; fi
"""
_FISH = r"""# Completion of safelight for fish: keep it as ~/.config/fish/completions/safelight.fish
function __safelight
  set -l typed (commandline -opc)
  set -l asked $typed[2..] (commandline -ct)
  for line in (env _SAFELIGHT_COMPLETE=(string join \n -- $asked | string collect) $typed[1] 2>/dev/null)
    switch $line
      case '<folders>*'
        __fish_complete_directories (commandline -ct)
      case '<files>*'
        __fish_complete_path (commandline -ct)
      case '*'
        echo $line
    end
  end
end
complete -c safelight -f -a '(__safelight)'
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
