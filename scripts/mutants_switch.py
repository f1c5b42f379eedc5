"""Puts mutants behind switches: of a source file and its mutants (of `cargo mutants --list --json`) makes a file that has
them all, of which `PORTRES_MUTANT` chooses one when a test runs. So a thousand mutants are compiled once.

What a mutant replaces is known by its place; operands are found by the precedence of operators. Where an operand is taken
for too long or too short, the file does not compile and the mutant is built alone.
"""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>[bc]?r(?P<hash>\#*)".*?"(?P=hash)|[bc]?"(?:\\.|[^"\\])*"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\])')
  | (?P<lifetime>'[A-Za-z_]\w*)
  | (?P<number>\d[\d_]*(?:\.\d[\d_]*)?\w*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign><<=|>>=|\.\.=|\.\.\.|::|->|=>|==|!=|<=|>=|&&|\|\||\+=|-=|\*=|/=|%=|\^=|&=|\|=|<<|>>|\.\.|.)
    """,
    re.VERBOSE | re.DOTALL,
)
SPACE = re.compile(r"\s+")
KEYWORDS = set(
    "as break continue else for if in let loop match move mut ref return unsafe where while dyn impl fn pub use".split()
)
LEVEL = {}
for level, signs in enumerate(
    [
        "= += -= *= /= %= ^= &= |= <<= >>=",
        ".. ..=",
        "||",
        "&&",
        "== != < > <= >=",
        "|",
        "^",
        "&",
        "<< >>",
        "+ -",
        "* / %",
        "as",
    ],
    start=1,
):
    for sign in signs.split():
        LEVEL[sign] = level
PREFIX = 13
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


class CannotSwitch(Exception):
    """This mutant has to be built alone."""


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int
    line: int
    role: str = ""  # binary, prefix, bar (of a closure), macro, generic
    mate: int = -1  # the other bracket


def tokens_of(text):
    found, at = [], 0
    line = 1
    while at < len(text):
        space = SPACE.match(text, at)
        if space:
            line += text.count("\n", at, space.end())
            at = space.end()
            continue
        match = TOKEN.match(text, at)
        kind = match.lastgroup if match.lastgroup != "hash" else "string"
        if match.group("string") is not None:
            kind = "string"
        if kind != "comment":
            found.append(Token(kind, match.group(), at, match.end(), line))
        line += text.count("\n", at, match.end())
        at = match.end()
    give_roles(found)
    return found


def ends_operand(token):
    if token.kind in ("number", "string"):
        return True
    if token.kind == "word":
        return token.text not in KEYWORDS
    return token.text in CLOSE or token.text == "?" or token.role == "generic"


def give_roles(tokens):
    stack = []
    for i, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in OPEN:
            stack.append(i)
        elif token.text in CLOSE:
            token.mate = stack.pop()
            tokens[token.mate].mate = i
    i = 0
    while i < len(tokens):
        token = tokens[i]
        before = tokens[i - 1] if i else None
        if token.kind == "word" and token.text == "as":
            token.role = "binary"
        if token.kind != "sign" or token.role:
            i += 1
            continue
        if token.text == "<" and before is not None and before.text == "::":
            depth, j = 0, i
            while True:
                depth += {"<": 1, ">": -1, ">>": -2}.get(tokens[j].text, 0)
                tokens[j].role = "generic"
                if depth <= 0:
                    break
                j += 1
            token.mate, tokens[j].mate = j, i
            i = j + 1
            continue
        operand = before is not None and ends_operand(before)
        if operand and before.text == "}" and before.line < token.line and token.text in "&*":
            operand = False  # a statement begins
        if token.text == "!":
            after = tokens[i + 1].text if i + 1 < len(tokens) else ""
            is_macro = before is not None and before.kind == "word" and before.text not in KEYWORDS
            token.role = "macro" if is_macro and after in OPEN else "prefix"
        elif token.text in ("|", "||") and not operand:
            token.role = "bar"
            if token.text == "|":
                j = i + 1
                while j < len(tokens) and tokens[j].text != "|":
                    j = tokens[j].mate + 1 if tokens[j].text in OPEN else j + 1
                if j == len(tokens):
                    raise AssertionError(f"line {token.line}: a bar without its mate")
                tokens[j].role = "bar"
                token.mate, tokens[j].mate = j, i
        elif token.text in ("&", "*", "-", "&&") and not operand:
            token.role = "prefix"
        elif token.text in LEVEL:
            token.role = "binary"
        i += 1


def is_boundary(token):
    if token.role == "bar":
        return True
    if token.kind == "word":
        return token.text in KEYWORDS and token.text not in ("as", "mut")
    return token.text in ("=>", ",", ";", ":", "->", "#")


def left_of(tokens, at, level):
    """Where the left operand of the operator at `at` begins."""
    i, begin = at - 1, at
    following = None  # the token behind, towards the operator
    while i >= 0:
        token = tokens[i]
        if token.role != "generic" and (is_boundary(token) or token.text in OPEN):
            break
        if token.role == "binary" and LEVEL[token.text] < level:
            break
        joined = following is None or following.role in ("binary", "macro") or following.text in (
            "(", "[", ".", "?", "::", "{",
        ) or following.role == "generic"
        if ends_operand(token) and not joined:
            break  # two operands side by side: a statement ended here
        if token.text in CLOSE or (token.role == "generic" and token.mate >= 0):
            begin = token.mate
            following = tokens[begin]
            i = begin - 1
            if following.text == "{":
                before = tokens[i]
                if before.kind != "word" or before.text in KEYWORDS:
                    raise CannotSwitch("a block is the operand")
            continue
        begin, following = i, token
        i -= 1
    if begin == at:
        raise CannotSwitch("no left operand")
    return begin


def in_condition(tokens, at):
    """Whether a brace behind this place opens a block and no struct."""
    i = at
    while i >= 0:
        token = tokens[i]
        if token.kind == "word" and token.text in ("if", "while", "match", "in"):
            return True
        if token.text in OPEN or token.text in (";", "=>", "->"):
            return False
        i = token.mate - 1 if token.text in CLOSE else i - 1
    return False


def right_of(tokens, at, level):
    """Behind which token the right operand of the operator at `at` ends: its index."""
    condition = in_condition(tokens, at)
    i, end = at + 1, at
    while i < len(tokens):
        token = tokens[i]
        if token.role == "generic":
            end = token.mate
            i = end + 1
            continue
        if token.role == "binary" and LEVEL[token.text] <= level:
            break
        if token.role == "bar" and end == at:
            raise CannotSwitch("a closure is the operand")
        if is_boundary(token) or token.text in CLOSE:
            if end == at:
                raise CannotSwitch("no right operand")
            break
        if token.text == "{":
            before = tokens[i - 1]
            named = before.kind == "word" and before.text[0].isupper() and not before.text.isupper()
            if condition or not named:
                break
        if token.text in OPEN:
            end = token.mate
            i = end + 1
            continue
        if end != at and tokens[end].role not in ("binary", "prefix", "macro") and ends_operand(tokens[end]):
            if token.role not in ("binary", "macro") and token.text not in (".", "?", "::"):
                break
        end = i
        i += 1
    if end == at:
        raise CannotSwitch("no right operand")
    return end


@dataclass
class Node:
    """A piece of the source that is written otherwise: `write` gets a function that renders what lies within."""

    start: int
    end: int
    rank: int
    write: object
    numbers: list = field(default_factory=list)


class Source:
    def __init__(self, text, switch):
        self.text, self.switch = text, switch
        self.tokens = tokens_of(text)
        self.starts = {token.start: i for i, token in enumerate(self.tokens)}
        self.lines = [0]
        for match in re.finditer("\n", text):
            self.lines.append(match.end())

    def offset(self, place):
        return self.lines[place["line"] - 1] + place["column"] - 1

    def span(self, mutant):
        return self.offset(mutant["span"]["start"]), self.offset(mutant["span"]["end"])

    def on(self, number):
        return f"{self.switch}({number})"

    def nodes(self, mutants):
        """The nodes of mutants, each (number, mutant); and those that have none."""
        groups, alone = {}, []
        for number, mutant in mutants:
            start, end = self.span(mutant)
            groups.setdefault((mutant["genre"], start, end), []).append((number, mutant))
        nodes = []
        for (genre, start, end), group in groups.items():
            make = getattr(self, "node_" + genre, None)
            try:
                if make is None:
                    raise CannotSwitch(genre)
                nodes += make(start, end, group)
            except CannotSwitch as why:
                alone += [(number, str(why)) for number, _ in group]
        return nodes, alone

    def node_FnValue(self, start, end, group):
        def write(_):
            return "".join(
                mark(n, f"if {self.on(n)} {{ return {m['replacement']}; }} ") for n, m in group
            )

        return [Node(start, start, 0, write)]

    def node_MatchArmGuard(self, start, end, group):
        def write(inner):
            text = f"({inner(start, end)})"
            for n, m in group:
                is_on = self.on(n) if m["replacement"] == "true" else f"!{self.on(n)}"
                text = mark(n, f"({is_on} {'||' if m['replacement'] == 'true' else '&&'} {text})")
            return text

        return [Node(start, end, 1, write)]

    def node_MatchArm(self, start, end, group):
        (number, _), = group
        i = self.starts[start]
        guard = None
        while self.tokens[i].text != "=>":
            if self.tokens[i].text == "if":
                guard = self.tokens[i].end
            i = self.tokens[i].mate + 1 if self.tokens[i].text in OPEN else i + 1
        arrow = self.tokens[i].start
        if guard is None:
            return [Node(arrow, arrow, 0, lambda _: mark(number, f"if !{self.on(number)} "))]
        return [
            Node(guard, guard, 0, lambda _: mark(number, f" !{self.on(number)} && (")),
            Node(arrow, arrow, 0, lambda _: ") "),
        ]

    def node_StructField(self, start, end, group):
        (number, _), = group
        i = self.starts[start]
        name = self.tokens[i].text
        value = self.tokens[i + 1].end if self.tokens[i + 1].text == ":" else start
        stop = end - 1 if self.text[end - 1] == "," else end
        depth_end = i
        base = None
        while self.tokens[depth_end].text not in CLOSE:
            token = self.tokens[depth_end]
            if token.text == ".." and self.tokens[depth_end - 1].text in (",", "{"):
                base = token.end
            depth_end = token.mate + 1 if token.text in OPEN else depth_end + 1
        if base is None:
            raise CannotSwitch("no base")
        base = self.text[base : self.tokens[depth_end].start].strip().rstrip(",")

        def write(inner):
            text = inner(value, stop)
            return mark(number, f"{name}: if {self.on(number)} {{ ({base}).{name} }} else {{ {text} }}") + ","

        return [Node(start, end, 1, write)]

    def node_UnaryOperator(self, start, end, group):
        (number, _), = group
        at = self.starts[start]
        stop = self.tokens[right_of(self.tokens, at, PREFIX - 1)].end

        def write(inner):
            sign = self.text[start:end].strip()
            text = inner(end, stop)
            if sign == "!":
                return mark(number, f"{self.switch}_not({number}, {text})")
            return mark(number, f"(if {self.on(number)} {{ {text} }} else {{ {sign}{text} }})")

        return [Node(start, stop, 2, write)]

    def node_BinaryOperator(self, start, end, group):
        at = self.starts[start]
        sign = self.tokens[at].text
        level = LEVEL[sign]
        if self.tokens[at].role != "binary":
            raise CannotSwitch("not seen as an operator")
        begin = self.tokens[left_of(self.tokens, at, level)].start
        stop = self.tokens[right_of(self.tokens, at, level if level > 1 else 0)].end

        def write(inner):
            left, right = inner(begin, start), inner(end, stop)
            if sign in ("==", "!="):
                (n, _), = group
                return mark(n, f"(({left} {sign} {right}) != {self.on(n)})")
            if sign in ("&&", "||"):
                (n, _), = group
                same = "!=" if sign == "&&" else "=="
                body = f"let l__: bool = {left}; if l__ {same} {self.on(n)} {{ {right} }} else {{ l__ }}"
                return mark(n, f"({{ {body} }})")
            text = f"{left} {sign} {right}"
            for n, m in group:
                text = mark(n, f"if {self.on(n)} {{ {left} {m['replacement']} {right} }} else {{ {text} }}")
            return "{ " + text + " }" if level == 1 else f"({text})"

        return [Node(begin, stop, 2, write)]

    def render(self, nodes):
        order = sorted(nodes, key=lambda n: (n.start, -n.end if n.end > n.start else -(10**9), n.rank))
        # nodes that only overlap would spoil each other
        return self.piece(0, len(self.text), order)

    def piece(self, start, end, order):
        """The text of a range, with the nodes that lie in it."""
        out, at, i = [], start, 0
        inside = [n for n in order if start <= n.start and n.end <= end]
        while i < len(inside):
            node = inside[i]
            i += 1
            if node.start < at:
                continue  # within one that is written already
            below = [n for n in inside[i:] if n.start < node.end]
            for n in below:
                if n.end > node.end:
                    raise AssertionError(f"overlapping operands: {self.text[node.start:n.end]}")
            out.append(self.text[at : node.start])
            out.append(node.write(lambda a, b, below=below: self.piece(a, b, below)))
            at = node.end
        out.append(self.text[at:end])
        return "".join(out)


def mark(number, text):
    return f"/*<{number}*/{text}/*{number}>*/"


def marks(text):
    """Where each mutant's text stands: (start, end, number)."""
    open_at, found = {}, []
    for match in re.finditer(r"/\*<(\d+)\*/|/\*(\d+)>\*/", text):
        if match.group(1):
            open_at.setdefault(int(match.group(1)), []).append(match.start())
        else:
            number = int(match.group(2))
            found.append((open_at[number].pop(), match.end(), number))
    return found


SWITCH = """
/// Whether the mutant is chosen: a switch that only a build for mutation testing has.
#[doc(hidden)]
#[must_use]
pub fn mutant(number: u32) -> bool {
    use std::io::Write as _;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    static CHOSEN: OnceLock<(u32, Option<std::fs::File>)> = OnceLock::new();
    static REACHED: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];
    let (chosen, reach) = CHOSEN.get_or_init(|| {
        let number = std::env::var("PORTRES_MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
        let file = std::env::var_os("PORTRES_MUTANT_REACH")
            .and_then(|path| std::fs::OpenOptions::new().append(true).create(true).open(path).ok());
        (number, file)
    });
    if let Some(mut file) = reach.as_ref() {
        if !REACHED[number as usize].swap(true, Ordering::Relaxed) {
            let _ = file.write_all(format!("{number}\\n").as_bytes());
        }
    }
    *chosen == number
}

/// `!` that the mutant leaves out.
#[doc(hidden)]
#[must_use]
pub fn mutant_not<T: std::ops::Not<Output = T>>(number: u32, value: T) -> T {
    if mutant(number) { value } else { !value }
}
"""
