"""Reading update rules: a recursive descent over lines, then over the words of each.

From weak to strong: ``or``, ``and``, ``not``, comparisons, ``+ -``, ``* / @``, minus before, ``^``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, cast

from optreview.frozen import Frozen
from optreview.notation.faults import RuleError
from optreview.notation.lexer import Token, words
from optreview.notation.syntax import (
    KEYWORDS,
    MOST_DEPTH,
    Average,
    Branch,
    Call,
    Comparison,
    Let,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Operation,
    Update,
)

if TYPE_CHECKING:
    from optreview.notation.syntax import (
        Arithmetic,
        Connective,
        Expression,
        Relation,
        Statement,
    )

#: A rule of a hundred thousand characters is no longer one that somebody reads.
MOST_CHARACTERS = 100_000
MOST_BRANCHES = 10
OR, AND, NOT, COMPARED, SUM, PRODUCT, SIGNED, POWER, ATOM = range(1, 10)
STRENGTH = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), COMPARED),
    **dict.fromkeys("+-", SUM),
    **dict.fromkeys("*/@", PRODUCT),
    "^": POWER,
}
#: The strength that the right operand of each strength has to have: ``^`` groups to the right.
RIGHT = {OR: AND, AND: NOT, COMPARED: SUM, SUM: PRODUCT, PRODUCT: SIGNED, POWER: SIGNED}


class _Line(Frozen, frozen=True):
    number: int
    indent: int
    tokens: tuple[Token, ...]


def statements(text: str) -> tuple[Statement, ...]:
    """The lines of a rule.

    Raises:
        RuleError: The text does not follow the language.
    """
    if len(text) > MOST_CHARACTERS:
        raise RuleError(f"A rule has at most {MOST_CHARACTERS} characters, not {len(text)}.")
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        tokens = words(line.rstrip("\r"), number)
        if len(tokens) > 1:
            lines.append(_Line(number, tokens[0].column - 1, tokens))
    return _Lines(lines).all()


class _Lines:
    """Nests lines by their indentation."""

    def __init__(self, lines: list[_Line]) -> None:
        self._lines = lines
        self._next = 0

    def all(self) -> tuple[Statement, ...]:
        if not self._lines:
            return ()
        found = self._block(self._lines[0].indent, 0)
        if self._next < len(self._lines):
            raise self._misplaced(self._lines[self._next])
        return found

    def _block(self, indent: int, depth: int) -> tuple[Statement, ...]:
        found: list[Statement] = []
        while self._next < len(self._lines):
            line = self._lines[self._next]
            if line.indent < indent:
                break
            if line.indent > indent or line.tokens[0].text == "else":
                raise self._misplaced(line)
            self._next += 1
            case = line.tokens[0].text == "if"
            found.append(self._branch(line, depth) if case else _Words(line).assignment())
        return tuple(found)

    def _branch(self, line: _Line, depth: int) -> Branch:
        if depth >= MOST_BRANCHES:
            raise RuleError(f"Cases are nested more than {MOST_BRANCHES} deep.", line.number, 1)
        condition = _Words(line).condition()
        then = self._indented(line, depth)
        otherwise: tuple[Statement, ...] = ()
        if self._next < len(self._lines):
            following = self._lines[self._next]
            if following.indent == line.indent and following.tokens[0].text == "else":
                _Words(following).alternative()
                self._next += 1
                otherwise = self._indented(following, depth)
        return Branch(condition, then, otherwise, line.number)

    def _indented(self, above: _Line, depth: int) -> tuple[Statement, ...]:
        if self._next == len(self._lines) or self._lines[self._next].indent <= above.indent:
            raise RuleError("An indented line has to follow.", above.number, above.tokens[-1].column)
        return self._block(self._lines[self._next].indent, depth + 1)

    def _misplaced(self, line: _Line) -> RuleError:
        what = "else has no if" if line.tokens[0].text == "else" else "The indentation fits no line above"
        return RuleError(f"{what}.", line.number, line.indent + 1)


class _Words:
    """Reads the words of one line."""

    def __init__(self, line: _Line) -> None:
        self._line = line.number
        self._tokens = line.tokens
        self._next = 0
        self._depth = 0

    def assignment(self) -> Update | Let:
        name = self._name("A line begins with the name that it assigns, with if or with else")
        if self._follows("="):
            let = Let(name.text, self._expression(OR), self._line)
            self._finish()
            return let
        self._arrow(name)
        update = Update(name.text, self._right_side(), self._line)
        self._finish()
        return update

    def condition(self) -> Expression:
        self._next += 1
        found = self._expression(OR)
        self._expect(":")
        self._finish()
        return found

    def alternative(self) -> None:
        self._next += 1
        self._expect(":")
        self._finish()

    def _arrow(self, name: Token) -> None:
        """``←``, or ``<-`` written without a space."""
        first, token = self._peek(), self._peek(1)
        if self._follows("←"):
            return
        if first.text == "<" and token.text == "-" and token.column == first.column + 1:
            self._next += 2
            return
        self._fail(f"After {name.text!r} comes ← or =, not {_shown(first)}", first)

    def _right_side(self) -> Expression | Average:
        if (self._peek().text, self._peek(1).text) != ("EMA", "["):
            return self._expression(OR)
        self._next += 2
        decay = self._expression(OR)
        self._expect("]")
        self._expect("(")
        value = self._expression(OR)
        self._expect(")")
        return Average(decay, value)

    def _expression(self, weakest: int) -> Expression:
        """An expression of operators that are at least so strong."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            self._fail(f"Expressions are nested more than {MOST_DEPTH} deep", self._peek())
        found = self._prefixed(weakest)
        while (strength := STRENGTH.get(self._peek().text, 0)) >= weakest:
            sign = self._peek()
            self._next += 1
            right = self._expression(RIGHT[strength])
            found = _joined(sign.text, found, right)
            if strength == COMPARED and STRENGTH.get(self._peek().text) == COMPARED:
                self._fail("Comparisons are not chained: join two with and", self._peek())
        self._depth -= 1
        return found

    def _prefixed(self, weakest: int) -> Expression:
        token = self._peek()
        if self._follows("-"):
            return Negative(self._expression(SIGNED))
        if token.text == "not" and weakest <= NOT:
            self._next += 1
            return Not(self._expression(NOT))
        return self._atom()

    def _atom(self) -> Expression:
        token = self._peek()
        if token.kind == "number" or token.text == "inf":
            self._next += 1
            return Number(float(token.text))
        if self._follows("("):
            found = self._expression(OR)
            self._expect(")")
            return found
        self._name("A number, a name or a parenthesis has to stand here")
        if self._peek().text in {"(", "["}:
            return self._call(token)
        return Name(token.text, new=self._follows("'"), column=token.column)

    def _call(self, function: Token) -> Call:
        if function.text == "EMA":
            self._fail("EMA stands only as the whole right side of a ← line", function)
        axis = self._axis() if self._follows("[") else None
        self._expect("(")
        arguments = [self._expression(OR)]
        while self._follows(","):
            arguments.append(self._expression(OR))
        self._expect(")")
        return Call(function.text, tuple(arguments), axis, function.column)

    def _axis(self) -> int:
        sign = -1 if self._follows("-") else 1
        token = self._peek()
        if not token.text.isdecimal() or len(token.text) > 2:
            self._fail(f"An axis is a whole number, not {_shown(token)}", token)
        self._next += 1
        self._expect("]")
        return sign * int(token.text)

    def _name(self, otherwise: str) -> Token:
        token = self._peek()
        if token.kind != "name" or token.text in KEYWORDS:
            self._fail(f"{otherwise}, not {_shown(token)}", token)
        self._next += 1
        return token

    def _peek(self, ahead: int = 0) -> Token:
        return self._tokens[min(self._next + ahead, len(self._tokens) - 1)]

    def _follows(self, sign: str) -> bool:
        if self._peek().kind != "sign" or self._peek().text != sign:
            return False
        self._next += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._follows(sign):
            self._fail(f"{sign!r} has to stand here, not {_shown(self._peek())}", self._peek())

    def _finish(self) -> None:
        if self._peek().kind != "end":
            self._fail(f"The line could end here, but {_shown(self._peek())} follows", self._peek())

    def _fail(self, fault: str, token: Token) -> NoReturn:
        raise RuleError(f"{fault}.", self._line, token.column)


def _shown(token: Token) -> str:
    return token.text if token.kind == "end" else repr(token.text)


def _joined(sign: str, left: Expression, right: Expression) -> Expression:
    if sign in {"and", "or"}:
        return Logical(cast("Connective", sign), left, right)
    if STRENGTH[sign] == COMPARED:
        return Comparison(cast("Relation", sign), left, right)
    return Operation(cast("Arithmetic", sign), left, right)
