"""Turns `PROGRAM --experimental-dump-help` into a manual page: manual.py SECTION < dump > page."""
import json
import sys

RAISED = str.maketrans({"\\": "\\\\", "-": "\\-"})


def escaped(text):
    # A line that begins with a dot or a quote would be an instruction.
    lines = text.translate(RAISED).split("\n")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


def option(argument):
    names = [("--" if name["kind"] == "long" else "-") + name["name"] for name in argument.get("names", [])]
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        return "<%s>" % value
    return ", ".join(names) + (" <%s>" % value if argument["kind"] == "option" else "")


def options(arguments, out):
    for argument in arguments:
        if not argument.get("shouldDisplay", True):
            continue
        out.append(".TP\n\\fB%s\\fR\n%s" % (escaped(option(argument)), escaped(argument.get("abstract", ""))))


def discussion(command, out):
    """Examples are laid out already: as they are, where lines are indented."""
    if "discussion" not in command:
        return
    for paragraph in command["discussion"].split("\n\n"):
        if any(line.startswith(" ") for line in paragraph.split("\n")):
            out.append(".PP\n.nf\n%s\n.fi" % escaped(paragraph))
        else:
            out.append(".PP\n%s" % escaped(paragraph))


def main(section):
    command = json.load(sys.stdin)["command"]
    name = command["commandName"]
    shown = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    out = [
        ".TH %s %s" % (name.upper(), section),
        ".SH NAME\n%s \\- %s" % (name, escaped(command["abstract"].rstrip("."))),
        ".SH SYNOPSIS\n\\fB%s\\fR %s[options]" % (name, "<command> " if shown else ""),
        ".SH DESCRIPTION",
    ]
    discussion(command, out)
    if shown:
        out.append(".SH COMMANDS")
    for sub in shown:
        out.append(".SS %s %s\n%s" % (name, escaped(sub["commandName"]), escaped(sub.get("abstract", ""))))
        discussion(sub, out)
        options(sub.get("arguments", []), out)
        for inner in sub.get("subcommands", []):
            out.append(".PP\n\\fB%s %s %s\\fR: %s" % (
                name, escaped(sub["commandName"]), escaped(inner["commandName"]), escaped(inner.get("abstract", ""))))
            options(inner.get("arguments", []), out)
    if not shown:
        out.append(".SH OPTIONS")
        options(command.get("arguments", []), out)
    print("\n".join(out))


main(sys.argv[1])
