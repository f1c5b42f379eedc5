"""Reads every *.ps1 of a folder by the grammar of PowerShell, and says where it does not."""

import pathlib
import sys

import tree_sitter
import tree_sitter_powershell

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
files, statements, wrong = 0, 0, []


def faults(node):
    if node.is_missing or node.type == "ERROR":
        yield node
    elif node.has_error:
        for child in node.children:
            yield from faults(child)


for path in sorted(pathlib.Path(sys.argv[1]).glob("*.ps1")):
    tree = parser.parse(path.read_bytes())
    files += 1
    statements += sum(len(child.named_children) for child in tree.root_node.named_children)
    wrong += [f"{path.name}:{node.start_point[0] + 1}: {node.text.decode()[:60]!r}" for node in faults(tree.root_node)]
print("\n".join(wrong) if wrong else f"{files} files, {statements} statements")
sys.exit(1 if wrong or not files else 0)
