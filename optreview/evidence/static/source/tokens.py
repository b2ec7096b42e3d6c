"""Which tokens a kind of node consists of, in their order: the grammar, as far as positions need it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

import libcst as cst
from libcst._nodes.expression import _BaseParenthesizedNode
from libcst._nodes.op import BaseUnaryOp, _BaseOneTokenOp, _BaseTwoTokenOp

from optreview.frozen import Frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Token(Frozen, frozen=True):
    """A fixed word or sign."""

    text: str


class Either(Frozen, frozen=True):
    """One of two words, depending on what stands around the node."""

    texts: tuple[str, ...]


class Field(Frozen, frozen=True):
    """A node, or a row of nodes, under that attribute; it may be absent."""

    name: str


class Parts(Frozen, frozen=True):
    """The parts of an f-string under that attribute: between them, blanks count."""

    name: str


class Text(Frozen, frozen=True):
    """A word that depends on the node, and may be absent."""

    of: Callable[[Any], str | None]


class Mark:
    """A place that is noted."""


#: The node's own text begins here, behind its decorators.
START = Mark()
#: It ends here; a comma or semicolon follows that is not its own.
END = Mark()
#: It ends where the part before ends, leaving out that part's semicolon.
LAST = Mark()

Step = Token | Either | Field | Parts | Text | Mark


class Plan(Frozen, frozen=True):
    """How a kind of node is written; ``parenthesized`` kinds may stand in parentheses that are not theirs."""

    steps: tuple[Step, ...]
    parenthesized: bool


# Words are attributes, quoted words are tokens, ``=name`` is an attribute that holds text, ``+name`` one that
# holds an f-string's parts, and the marks are ``^`` for START, ``|`` for END and ``~`` for LAST.
_GRAMMAR = """
Annotation            '->'/':' ^ annotation
AnnAssign             target annotation equal value | semicolon
Arg                   =star keyword equal value | comma
AsName                'as' name
Assert                'assert' test comma msg | semicolon
Assign                targets value | semicolon
AssignEqual           '='
AssignTarget          target | '='
Asynchronous          'async'
Attribute             value '.' attr
AugAssign             target operator value | semicolon
Await                 'await' expression
BinaryOperation       left operator right
BooleanOperation      left operator right
Break                 'break' | semicolon
Call                  func '(' args ')'
ClassDef              decorators ^ 'class' name type_parameters lpar bases keywords rpar ':' body ~
Colon                 ':'
Comma                 ','
CompFor               asynchronous 'for' target 'in' iter ifs inner_for_in
CompIf                'if' test
Comparison            left comparisons
ComparisonTarget      operator comparator
ConcatenatedString    left right
Continue              'continue' | semicolon
Decorator             '@' decorator
Del                   'del' target | semicolon
Dict                  '{' elements '}'
DictComp              '{' key ':' value for_in '}'
DictElement           key ':' value | comma
Dot                   '.'
Element               value | comma
Ellipsis              '...'
Else                  'else' ':' body ~
ExceptHandler         'except' type name ':' body ~
ExceptStarHandler     'except' '*' type name ':' body ~
Expr                  value | semicolon
Finally               'finally' ':' body ~
Float                 =value
For                   asynchronous 'for' target 'in' iter ':' body orelse ~
FormattedString       =start +parts =end
FormattedStringExpression '{' expression equal =conversion =format_spec +format_spec '}'
FunctionDef           decorators ^ asynchronous 'def' name type_parameters '(' params ')' returns ':' body ~
From                  'from' item
GeneratorExp          elt for_in
Global                'global' names | semicolon
If                    'elif'/'if' test ':' body orelse ~
IfExp                 body 'if' test 'else' orelse
Imaginary             =value
Import                'import' names | semicolon
ImportAlias           name asname | comma
ImportFrom            'from' relative module 'import' lpar names rpar | semicolon
ImportStar            '*'
IndentedBlock         body ~
Index                 =star value
Integer               =value
Lambda                'lambda' params ':' body
LeftParen             '('
LeftSquareBracket     '['
List                  '[' elements ']'
ListComp              '[' elt for_in ']'
Match                 'match' subject ':' cases ~
MatchCase             'case' pattern =guard guard ':' body ~
MatchAs               pattern =as name =nameless
MatchClass            cls '(' patterns kwds ')'
MatchKeywordElement   key '=' pattern comma
MatchList             lbracket patterns rbracket
MatchMapping          '{' elements =rest rest trailing_comma '}'
MatchMappingElement   key ':' pattern comma
MatchOr               patterns
MatchOrElement        pattern separator
MatchSequenceElement  value comma
MatchSingleton        value
MatchStar             '*' name =nameless comma
MatchTuple            patterns
MatchValue            value
Name                  =value
NameItem              name | comma
NamedExpr             target ':=' value
Nonlocal              'nonlocal' names | semicolon
Param                 =star name | annotation equal default comma
ParamSlash            '/' comma
ParamSpec             '**' name
ParamStar             '*' comma
Parameters            posonly_params posonly_ind params star_arg kwonly_params star_kwarg
Pass                  'pass' | semicolon
Raise                 'raise' exc cause | semicolon
Return                'return' value | semicolon
RightParen            ')'
RightSquareBracket    ']'
Semicolon             ';'
Set                   '{' elements '}'
SetComp               '{' elt for_in '}'
SimpleStatementLine   body ~
SimpleStatementSuite  body ~
SimpleString          =value
Slice                 lower first_colon upper second_colon step
StarredDictElement    '**' value | comma
StarredElement        '*' value | comma
Subscript             value '[' slice ']'
SubscriptElement      slice | comma
TemplatedString       =start +parts =end
TemplatedStringExpression '{' expression equal =conversion =format_spec +format_spec '}'
Try                   'try' ':' body handlers orelse finalbody ~
TryStar               'try' ':' body handlers orelse finalbody ~
Tuple                 elements
TypeAlias             'type' name type_parameters '=' value | semicolon
TypeParam             param equal =star default comma
TypeParameters        '[' params ']'
TypeVar               name colon bound
TypeVarTuple          '*' name
UnaryOperation        operator expression
While                 'while' test ':' body orelse ~
With                  asynchronous 'with' lpar items rpar ':' body ~
WithItem              item asname | comma
Yield                 'yield' value
"""


def _read(grammar: str) -> Iterator[tuple[type[cst.CSTNode], Plan]]:
    for line in grammar.strip().splitlines():
        name, *words = line.split()
        kind = getattr(cst, name, None)
        if kind is not None:  # an older libcst knows fewer kinds
            yield kind, _plan(kind, *(_step(word) for word in words))
    for base in (_BaseOneTokenOp, BaseUnaryOp, _BaseTwoTokenOp):
        for operator in _concrete(base):
            yield operator, _plan(operator, *_signs(base))


def _signs(base: type) -> tuple[Step, ...]:
    if base is _BaseTwoTokenOp:  # ``is not`` and ``not in``
        return (
            Text(lambda operator: str(operator._get_tokens()[0])),
            Text(lambda operator: str(operator._get_tokens()[1])),
        )
    return (Text(lambda operator: str(operator._get_token())),)


def _plan(kind: type[cst.CSTNode], *steps: Step) -> Plan:
    # A pattern that is a value shows the value's parentheses as if they were its own.
    parenthesized = issubclass(kind, _BaseParenthesizedNode) and kind is not cst.MatchValue
    return Plan(steps if END in steps or LAST in steps else (*steps, END), parenthesized)


_MARKS = {"^": START, "|": END, "~": LAST}
_WORDS: dict[str, Callable[[Any], str | None]] = {
    "=as": lambda node: "as" if node.pattern is not None else None,
    "=conversion": lambda node: f"!{node.conversion}" if node.conversion else None,
    "=format_spec": lambda node: ":" if node.format_spec is not None else None,
    "=guard": lambda node: "if" if node.guard is not None else None,
    "=nameless": lambda node: "_" if node.name is None else None,
    "=rest": lambda node: "**" if node.rest is not None else None,
    "=star": lambda node: node.star if isinstance(node.star, str) else None,
}


def _step(word: str) -> Step:
    if word in _MARKS:
        return _MARKS[word]
    if word in _WORDS:
        return Text(_WORDS[word])
    if word.startswith("="):
        return Text(attrgetter(word[1:]))
    if word.startswith("+"):
        return Parts(word[1:])
    if "'" not in word:
        return Field(word)
    texts = tuple(text.strip("'") for text in word.split("/")) if word != "'/'" else ("/",)
    return Either(texts) if len(texts) > 1 else Token(texts[0])


def _concrete(base: type) -> Iterator[type[cst.CSTNode]]:
    kinds: Sequence[type[cst.CSTNode]] = base.__subclasses__()
    for kind in kinds:
        yield from _concrete(kind)
        if not kind.__subclasses__():
            yield kind


PLANS: dict[type[cst.CSTNode], Plan] = dict(_read(_GRAMMAR))
