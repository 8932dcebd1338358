# Runs a function as it is and as it is proposed on the same inputs, and says whether both do the same. Reads a job from standard
# input, writes what it found on the last line. Inputs are made of what is known of the parameters: annotations, defaults, examples,
# calls and literals in the file; where nothing is known, of what the function takes as it is.
import ast
import builtins
import dataclasses
import enum
import inspect
import io
import itertools
import json
import math
import random
import re
import sys
import time
import types
import typing
import zlib

START = time.monotonic()
MAX_INPUTS = 400
MAX_LINES = 100_000  # of a call, after which it counts as endless
MAX_DRAWN = 200  # of what an iterator gives
ENOUGH = 3  # inputs with a value, for a claim
NAMED = 40  # inputs of which is told what a proposal changes
SHOWN = 4  # calls that are shown with their results where all do the same
SHORT = 60  # characters of such a call, and of its result
LONG = 0.02  # seconds of a call that need no larger input to be measured
PURE = {
    "__future__", "abc", "array", "ast", "base64", "binascii", "bisect", "calendar", "cmath", "collections", "colorsys", "contextlib",
    "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "html", "io",
    "itertools", "json", "keyword", "math", "numbers", "operator", "posixpath", "re", "statistics", "string", "struct", "textwrap",
    "types", "typing", "unicodedata", "zlib",
}
OUTSIDE = {
    "open", "input", "exec", "eval", "compile", "__import__", "breakpoint", "exit", "quit", "globals", "locals", "vars", "id",
}
CLOCKS = {"now", "today", "utcnow"}
# What a call with the wrong kind of argument raises: such an input is none, unless the code says so itself.
MISUSE = {"TypeError", "AttributeError", "NotImplementedError", "RecursionError", "MemoryError"}
INT, FLOAT, STR, BOOL, BYTES, NONE = (("int",), ("float",), ("str",), ("bool",), ("bytes",), ("none",))
GUESSES = [
    INT, ("list", INT), STR, ("list", STR), FLOAT, ("dict", STR, INT), ("list", ("list", INT)), ("list", FLOAT),
    ("tuple", (INT, INT)), ("list", ("tuple", (STR, INT))),
]

job = json.load(sys.stdin)
answer, sys.stdout = sys.stdout, io.StringIO()
name = job["name"]
dice = random.Random(7)


class Unclear(Exception):
    """Nothing can be said, for this reason."""


class Endless(BaseException):
    """A call does not end."""


class Side:
    """A version of the code, loaded."""

    def __init__(self, source):
        module = types.ModuleType("code")
        sys.modules["code"] = module
        self.space = module.__dict__
        try:
            exec(compile(source, "code", "exec"), self.space)
        except BaseException as error:
            raise Unclear(f"the file does not load by itself: {type(error).__name__}") from error
        self.function = self.space.get(name)
        if not isinstance(self.function, types.FunctionType) and not hasattr(self.function, "__wrapped__"):
            raise Unclear("it is no function of the file")


# What is known before anything is run.


def look(tree):
    """The function's own node, once it is sure that nothing but its arguments decides what it does."""
    tops = {node.name: node for node in tree.body if hasattr(node, "name")}
    mine = tops.get(name)
    if not isinstance(mine, ast.FunctionDef):
        raise Unclear("it is no plain function of the file")
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imported[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                imported[alias.asname or alias.name] = f"{node.module or '.'}.{alias.name}"
    seen, waiting = set(), [name]
    while waiting:
        part = waiting.pop()
        if part in seen:
            continue
        seen.add(part)
        for node in ast.walk(tops[part]):
            if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.AsyncFunctionDef)):
                raise Unclear("it is asynchronous")
            if isinstance(node, ast.Global):
                raise Unclear("it changes global variables")
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
                raise Unclear("it asks for the time")
            if not isinstance(node, ast.Name):
                continue
            if node.id in tops:
                waiting.append(node.id)
            elif node.id in imported:
                module = imported[node.id]
                if module.split(".")[0] not in PURE and not module.startswith("os.path"):
                    raise Unclear(f"it uses {module}")
            elif node.id in OUTSIDE and hasattr(builtins, node.id):
                raise Unclear(f"it uses {node.id}")
    return mine, [tops[part] for part in seen]


def literals(tree, parts):
    """Numbers and texts of the code, which its cases are about."""
    texts = {id(node.body[0].value) for node in ast.walk(tree) if documented(node)}
    places = parts + [node for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    numbers, words = [], []
    for node in itertools.chain.from_iterable(map(ast.walk, places)):
        if isinstance(node, ast.Constant) and id(node) not in texts:
            if type(node.value) in (int, float) and abs(node.value) < 1e9 and node.value not in numbers:
                numbers.append(node.value)
            elif type(node.value) is str and len(node.value) < 60 and node.value not in words:
                words.append(node.value)
    return numbers[:20], words[:30]


def documented(node):
    body = getattr(node, "body", None)
    return isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)


def arguments_of(tree):
    """The arguments of each call of the function in a tree, as texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            words = [ast.unparse(word) for word in node.args]
            words += [f"{word.arg}={ast.unparse(word.value)}" for word in node.keywords if word.arg]
            if len(words) == len(node.args) + len(node.keywords):
                yield ", ".join(words)


def known_calls(tree, side):
    """Arguments of examples and of calls in the file, as far as they are values."""
    found = []
    for call in job["calls"]:
        try:
            found += arguments_of(ast.parse(call, mode="eval"))
        except SyntaxError:
            continue
    found += arguments_of(tree)
    return [text for text in dict.fromkeys(found) if is_value(text, side)][:60]


def is_value(text, side):
    try:
        nodes = ast.walk(ast.parse(f"_({text})", mode="eval"))
        called = [node.func for node in nodes if isinstance(node, ast.Call)]
        if any(not isinstance(func, ast.Name) or func.id == name for func in called):
            return False
        eval(captured(text), side.space)
        return True
    except BaseException:
        return False


def captured(text):
    return compile(f"(lambda *a, **k: (a, k))({text})", "arguments", "eval")


# Kinds of values, and texts of them.


def kind_of(value):
    """The kind that a value is of."""
    if value is None:
        return NONE
    for plain, kind in ((bool, BOOL), (int, INT), (float, FLOAT), (str, STR), (bytes, BYTES)):
        if type(value) is plain:
            return kind
    if type(value) in (list, set, frozenset):
        return (type(value).__name__, either([kind_of(item) for item in value]) or INT)
    if type(value) is tuple:
        return ("tuple", tuple(map(kind_of, value)))
    if type(value) is dict:
        keys, values = either(list(map(kind_of, value))), either(list(map(kind_of, value.values())))
        return ("dict", keys or STR, values or INT)
    return None


def either(kinds):
    kinds = list(dict.fromkeys(kind for kind in kinds if kind))
    if len(kinds) > 1:
        # An empty list says nothing of what others hold.
        kinds = kinds[:6]
        return ("either", tuple(kinds))
    return kinds[0] if kinds else None


def kind_of_hint(hint, space, depth=0):
    """The kind that an annotation means; `None` when it leaves that open."""
    if depth > 5:
        raise Unclear("it takes values within values without end")
    inner = lambda part: kind_of_hint(part, space, depth + 1) or INT
    plain = {int: INT, float: FLOAT, str: STR, bool: BOOL, bytes: BYTES, type(None): NONE, None: NONE}
    try:
        if hint in plain:
            return plain[hint]
    except TypeError:
        raise Unclear("it takes what no value is known of") from None
    if hint in (typing.Any, object, inspect.Parameter.empty):
        return None
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return ("texts", tuple(map(repr, parts)))
    if origin is typing.Union or origin is getattr(types, "UnionType", ()):
        return either([inner(part) for part in parts])
    if isinstance(hint, typing.TypeVar):
        return inner(hint.__bound__) if hint.__bound__ else either([inner(part) for part in hint.__constraints__])
    if isinstance(hint, type) and hasattr(hint, "__total__") and hasattr(hint, "__annotations__"):
        fields = typing.get_type_hints(hint, space)
        return ("record", tuple((repr(key), inner(part)) for key, part in fields.items()))
    family = origin or hint
    family = getattr(family, "__name__", "")
    if family in ("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Iterator", "Reversible"):
        return ("list", inner(parts[0]) if parts else INT)
    if family in ("set", "Set", "AbstractSet", "MutableSet"):
        return ("set", inner(parts[0]) if parts else INT)
    if family in ("frozenset", "FrozenSet"):
        return ("frozenset", inner(parts[0]) if parts else INT)
    if family in ("dict", "Dict", "Mapping", "MutableMapping"):
        return ("dict", inner(parts[0]), inner(parts[1])) if len(parts) == 2 else ("dict", STR, INT)
    if family in ("tuple", "Tuple"):
        if len(parts) == 2 and parts[1] is Ellipsis:
            return ("row", inner(parts[0]))
        return ("tuple", tuple(map(inner, parts)) if parts else (INT, INT))
    if hasattr(hint, "__supertype__"):
        return inner(hint.__supertype__)
    if isinstance(hint, type) and space.get(hint.__name__) is hint:
        if issubclass(hint, enum.Enum):
            return ("texts", tuple(f"{hint.__name__}.{member.name}" for member in hint))
        if dataclasses.is_dataclass(hint):
            hints = typing.get_type_hints(hint, space)
            fields = [(field.name, inner(hints[field.name])) for field in dataclasses.fields(hint) if field.init]
            return ("made", hint.__name__, tuple(fields))
        if issubclass(hint, tuple) and hasattr(hint, "_fields"):
            hints = typing.get_type_hints(hint, space)
            return ("made", hint.__name__, tuple((field, inner(hints.get(field, int))) for field in hint._fields))
    raise Unclear(f"no value of {getattr(hint, '__name__', hint)} is known")


class Pool:
    """Values to begin with, the simplest first."""

    def __init__(self, numbers, words):
        whole = [int(number) + by for number in numbers if number == int(number) for by in (0, 1, -1)]
        parts = [number for number in numbers if isinstance(number, float)]
        self.of = {
            "int": unique([0, 1, 2, -1, 3] + whole + [5, 4, 10, 7, -2, 12, 100, -7, 255, 1000]),
            "float": unique([0.0, 1.0, -1.0, 0.5] + parts + [2.5, -0.5, 3.25, 100.0, 10.0, -7.5, 1e6]),
            "str": unique(
                ["", "a", "ab", "b", " ", "A"] + words
                + ["aa", "aba", "1", "hello", "Hello World", "a b", "a,b", " x ", "é", "A1b2", "-1", "racecar", "x\ny"]
            ),
            "bytes": [b"", b"a", b"ab", b"\x00", b"hello"],
        }
        self.last = {}  # what was made last of each kind: values that belong together differ a little

    def text(self, kind, step, size=None):
        """A value of a kind as code. The first steps give small ones; `size`: about so large."""
        head = kind[0]
        if head == "none":
            return "None"
        if head == "bool":
            return dice.choice(["False", "True"])
        if head == "either":
            return self.text(kind[1][step % len(kind[1])] if size else dice.choice(kind[1]), step, size)
        if head == "texts":
            return dice.choice(kind[1])
        if head in self.of:
            return repr(self.plain(head, step, size))
        if head in ("list", "set", "frozenset", "row"):
            items = self.items(kind, step, size)
            if head == "row":
                return "(" + ", ".join(items) + ("," if items else "") + ")"
            if head == "list":
                return "[" + ", ".join(items) + "]"
            made = "{" + ", ".join(dict.fromkeys(items)) + "}" if items else "set()"
            return made if head == "set" else f"frozenset({made})"
        if head == "tuple":
            return "(" + "".join(self.text(part, step, size) + ", " for part in kind[1]).strip() + ")"
        if head == "dict":
            pairs = {self.text(kind[1], step): self.text(kind[2], step) for _ in range(self.count(step, size))}
            return "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        if head == "record":
            return "{" + ", ".join(f"{key}: {self.text(part, step)}" for key, part in kind[1]) + "}"
        return f"{kind[1]}(" + ", ".join(f"{field}={self.text(part, step)}" for field, part in kind[2]) + ")"

    def items(self, kind, step, size):
        """Texts of what is in a list: often in order, or what the last list held in another order."""
        if size and kind[1] == INT and dice.random() < 0.5:
            return [str(number) for number in dice.sample(range(size * 2), size)]
        last = self.last.get(kind)
        if last and not size and dice.random() < 0.15:
            return dice.sample(last, len(last)) if dice.random() < 0.7 else list(last)
        items = [self.text(kind[1], step) for _ in range(self.count(step, size))]
        if items and not size and dice.random() < 0.2:
            items.append(dice.choice(items))
        if dice.random() < 0.25:
            try:
                items.sort(key=ast.literal_eval, reverse=dice.random() < 0.3)
            except (TypeError, ValueError, SyntaxError):
                items.sort()
        self.last[kind] = items
        return items

    def count(self, step, size):
        return size or dice.randint(0, min(6, 1 + step // 6))

    def plain(self, head, step, size):
        if size and head != "float":
            letters = "".join(dice.choice("abcde fgh,12") for _ in range(size))
            return {"int": size, "str": letters, "bytes": letters.encode()}[head]
        known = self.of[head]
        if head == "str" and dice.random() < 0.35:
            self.last[head] = varied(self.last.get(head) if dice.random() < 0.4 else dice.choice(known[: 6 + step // 3]))
            return self.last[head]
        if dice.random() < 0.7:
            return dice.choice(known[: 4 + step // 3])
        if head == "int":
            return dice.randint(-20, 40 if step < 100 else 500)
        if head == "float":
            return round(dice.uniform(-100, 100), 3)
        letters = "".join(dice.choice("abcABC 012,.-_é") for _ in range(dice.randint(0, 2 + step // 20)))
        return letters if head == "str" else letters.encode()


def varied(text):
    """A text that is nearly another one: in another case, turned round, doubled, with a sign more or less."""
    text = text or "ab"
    at = dice.randrange(len(text) + 1)
    ways = [
        text.swapcase(), text.capitalize(), text.upper(), text[::-1], text + text, text + text[::-1], text[:at] + text[at + 1 :],
        text[:at] + dice.choice(" ,.-1aA") + text[at:], "".join(dice.sample(text, len(text))), text.title() + text[::-1], text.strip(),
    ]
    return dice.choice(ways)[:40]


def unique(values):
    return list(dict.fromkeys(values))


class Inputs:
    """What the function is called with."""

    def __init__(self, side, tree, parts):
        self.signature = inspect.signature(side.function)
        self.pool = Pool(*literals(tree, parts))
        self.calls = known_calls(tree, side)
        self.slots = []  # how it is written, and the kinds that it may be of
        self.guessed = False
        try:
            hints = typing.get_type_hints(side.function, side.space)
        except Exception:
            hints = {}
        seen = self.seen(side)
        for parameter in self.signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                continue
            before = {parameter.VAR_POSITIONAL: "*", parameter.KEYWORD_ONLY: f"{parameter.name}="}.get(parameter.kind, "")
            kinds = self.kinds(parameter, hints, seen.get(parameter.name, []), side.space)
            if before == "*":
                kinds = [("list", kind) for kind in kinds if kind[0] != "list"] or kinds
            self.slots.append((before, kinds, parameter.default is not parameter.empty))

    def seen(self, side):
        """Values that known calls give to each parameter."""
        found = {}
        for text in self.calls:
            try:
                args, words = eval(captured(text), side.space)
                bound = self.signature.bind(*args, **words).arguments
            except BaseException:
                continue
            for key, value in bound.items():
                found.setdefault(key, []).append(value)
        return found

    def kinds(self, parameter, hints, values, space):
        kind = kind_of_hint(hints.get(parameter.name, parameter.empty), space)
        if kind:
            return [kind]
        known = [kind_of(value) for value in values]
        if parameter.default is not parameter.empty:
            known.append(kind_of(parameter.default))
        known = either(known)
        if known and known != NONE:
            return [known]
        self.guessed = True
        return GUESSES + ([NONE] if known else [])

    def settle(self, probe):
        """Where nothing is known: the kinds that the function takes as it is."""
        ways = [kinds for _, kinds, _ in self.slots]
        combinations = list(itertools.islice(itertools.product(*ways), 4000))
        if not self.guessed:
            return combinations
        dice.shuffle(combinations)
        fits = []
        end = time.monotonic() + 0.5
        for kinds in combinations[:300]:
            if time.monotonic() > end or len(fits) > 24:
                break
            given = [run(probe, captured(self.written(kinds, 6 + step))) for step in range(3)]
            fine = [one for one in given if one and not one.is_misuse(set())]
            if len(fine) == len(given) and any(one.way == "value" and not is_nothing(one.value) for one in fine):
                fits.append(kinds)
        if not fits:
            raise Unclear("it is not known what it takes")
        fits.sort(key=lambda kinds: sum(GUESSES.index(kind) if kind in GUESSES else 9 for kind in kinds))
        return fits

    def written(self, kinds, step, size=None):
        words = []
        for (before, _, optional), kind in zip(self.slots, kinds):
            if optional and before != "*" and (before or not any("=" in word for word in words)) and dice.random() < 0.15:
                # Left out, and all that could only be given behind it.
                if not before:
                    break
                continue
            words.append(before + self.pool.text(kind, step, size))
        return ", ".join(words)


def is_nothing(value):
    return value is None or value is NotImplemented


# Running and comparing.


class Given:
    """What a call gave: a value or an exception, what was printed, and the arguments as it left them."""

    def __init__(self, way, value, printed, arguments):
        self.way, self.value, self.printed, self.arguments = way, value, printed, arguments

    def is_misuse(self, said):
        return self.way == "endless" or self.way == "raises" and self.value in MISUSE - said

    def shown(self, other):
        if self.way == "endless":
            return "does not end"
        if self.way == "raises":
            return f"raises {self.value}"
        if same(self.value, other.value) and self.way == other.way:
            if self.printed != other.printed:
                return f"prints {self.printed!r}"[:200]
            args, words = self.arguments
            left = [text_of(one) for one in args] + [f"{key}={text_of(one)}" for key, one in words.items()]
            return f"leaves its arguments as {', '.join(left)}"
        return text_of(self.value)


class Drawn(list):
    """What an iterator gave."""


def run(side, code):
    """What a call gives; `None` when there are no such arguments."""
    try:
        args, words = eval(code, side.space)
    except BaseException:
        return None
    printed, lines = io.StringIO(), 0

    def watch(frame, event, _):
        nonlocal lines
        lines += event == "line"
        if lines > MAX_LINES:
            raise Endless
        return watch

    before, sys.stdout = sys.stdout, printed
    try:
        sys.settrace(watch)
        value = side.function(*args, **words)
        if hasattr(value, "__next__"):
            value = Drawn(itertools.islice(value, MAX_DRAWN))
        way = "value"
    except Endless:
        way, value = "endless", None
    except BaseException as error:
        way, value = "raises", type(error).__name__
    finally:
        sys.settrace(None)
        sys.stdout = before
    if way == "raises" and value in ("PermissionError", "OSError", "FileNotFoundError", "KeyboardInterrupt"):
        raise Unclear("it works with files")
    return Given(way, value, printed.getvalue(), [list(args), words])


class Opaque(Exception):
    """Values that cannot be compared."""


def same(one, other, depth=0):
    """Equal in type and value, with what rounding leaves; NaN is NaN."""
    if depth > 40:
        raise Opaque
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    if type(one).__qualname__ != type(other).__qualname__:
        return False
    inner = lambda a, b: same(a, b, depth + 1)
    if one is None or isinstance(one, (bool, int, str, bytes, bytearray, range, complex)) and not isinstance(one, enum.Enum):
        return one == other
    if isinstance(one, enum.Enum):
        return one.name == other.name
    if isinstance(one, dict):
        return len(one) == len(other) and all(key in other and inner(value, other[key]) for key, value in one.items())
    if isinstance(one, (set, frozenset)):
        return one == other
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(inner, one, other))
    if isinstance(one, (types.FunctionType, types.MethodType, types.ModuleType, type)):
        if isinstance(one, type):
            return one.__qualname__ == other.__qualname__
        raise Opaque
    if hasattr(one, "__dict__") and type(one).__module__ == "code":
        return inner(vars(one), vars(other))
    if type(one).__eq__ is not object.__eq__:
        return bool(one == other)
    if hasattr(one, "pattern"):
        return one.pattern == other.pattern
    raise Opaque


def is_same(one, other):
    if one.way != other.way or one.printed != other.printed:
        return False
    return same(one.value, other.value) and same(one.arguments, other.arguments)


def text_of(value):
    try:
        text = repr(list(value) if isinstance(value, Drawn) else value)
    except BaseException as error:
        text = f"<{type(error).__name__} in its text>"
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return text if len(text) <= 200 else text[:199] + "…"


def named(given):
    """What a call gave, the same text in each run of this program."""
    if given.way != "value":
        return f"{given.way} {given.value}"
    value = given.value
    if isinstance(value, (set, frozenset)):
        value = sorted(map(text_of, value))
    return f"{text_of(value)} {given.printed!r}"


def smaller(value):
    """Simpler values than this one, those that save most first."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int) and value:
        yield from unique([0, 1, value // 2, value - (1 if value > 0 else -1)])[: 4 if abs(value) > 1 else 1]
    elif isinstance(value, float) and value:
        yield from (0.0, 1.0, float(int(value)))
    elif isinstance(value, str) and value:
        yield from (value[: len(value) // 2], value[len(value) // 2 :])
        yield from (value[:at] + value[at + 1 :] for at in range(min(len(value), 12)))
    elif isinstance(value, (list, tuple)) and value:
        make = type(value)
        if make is list:
            yield from (value[: len(value) // 2], value[len(value) // 2 :])
            yield from (value[:at] + value[at + 1 :] for at in range(min(len(value), 12)))
        for at, item in enumerate(value[:8]):
            yield from (make([*value[:at], less, *value[at + 1 :]]) for less in smaller(item))
    elif isinstance(value, dict) and value:
        yield from ({key: other for key, other in value.items() if key != left} for left in list(value)[:8])
        for key in list(value)[:6]:
            yield from ({**value, key: less} for less in smaller(value[key]))


class Comparison:
    """All versions, and what was found so far."""

    def __init__(self):
        old, new = job["old"], job["new"]
        tree = ast.parse(old)
        mine, parts = look(tree)
        look(ast.parse(new))
        # It is loaded twice as it is: what differs between those two is nobody's change.
        self.old, self.again, self.new, self.probe = Side(old), Side(old), Side(new), Side(old)
        self.said = {
            node.exc.func.id if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name) else getattr(node.exc, "id", "")
            for node in ast.walk(mine)
            if isinstance(node, ast.Raise) and node.exc is not None
        }
        self.inputs = Inputs(self.old, tree, parts)
        self.kinds = self.inputs.settle(self.probe)
        self.compared = self.values = 0
        self.differing = []  # length, text, kinds, what both gave
        self.fine = set()
        self.simple = {}  # what both give: the shortest arguments that give it
        self.results = []  # of the first inputs, a name for what changed, and 0 where nothing did

    def one(self, text):
        """Compares one input: `None` when it is none, else what both gave, and whether that is the same."""
        code = captured(text)
        old, again, new = (run(side, code) for side in (self.old, self.again, self.new))
        if old is None or again is None or new is None or old.is_misuse(self.said):
            return None
        try:
            if not is_same(old, again):
                raise Unclear("it does not always do the same")
            return old, new, is_same(old, new)
        except Opaque:
            return None
        except Unclear:
            raise
        except BaseException:
            return None

    def take(self, text, kinds=None):
        found = self.one(text)
        if len(self.results) < NAMED:
            changed = found and not found[2]
            self.results.append(max(1, zlib.crc32(named(found[1]).encode(errors="replace"))) if changed else 0)
        if found is None:
            return
        old, new, equal = found
        self.compared += 1
        self.values += old.way == "value"
        if equal:
            self.fine.add(kinds)
            self.keep_simple(text, old)
        else:
            self.differing.append((len(text), text, kinds, old, new))

    def keep_simple(self, text, given):
        if given.way == "value" and max(len(text), len(shown := text_of(given.value))) <= SHORT:
            self.simple[shown] = min(self.simple.get(shown, text), text, key=len)

    def given(self):
        """What some of the simplest calls give, each something else."""
        simplest = sorted(self.simple.items(), key=lambda one: len(one[1]))[:SHOWN]
        return [{"call": f"{name}({text})", "result": shown} for shown, text in simplest]

    def all(self):
        seen, repeated, exhausted = set(), 0, False
        for text in self.inputs.calls:
            seen.add(text)
            self.take(text)
        step = 0
        while len(seen) < MAX_INPUTS and time.monotonic() - START < job["seconds"] and len(self.differing) < (200 if self.inputs.guessed else 40):
            kinds = self.kinds[step % len(self.kinds)] if self.inputs.guessed else self.kinds[dice.randrange(len(self.kinds))]
            text = self.inputs.written(kinds, step)
            step += 1
            if text in seen:
                repeated += 1
                if repeated > 200:
                    exhausted = True
                    break
                continue
            repeated = 0
            seen.add(text)
            self.take(text, kinds)
            if self.compared and self.compared % 50 == 0:
                tell(self.found(exhausted))
        return exhausted

    def counted(self):
        """Differences that count. Where kinds were guessed, one that is no longer taken is no change of what the function is for."""
        if not self.inputs.guessed:
            return self.differing
        refused = {kinds for *_, kinds, _, new in self.differing if kinds and kinds not in self.fine and new.is_misuse(set())}
        kept = [one for one in self.differing if one[2] not in refused]
        return kept if kept or self.fine else self.differing

    def found(self, exhausted):
        differing = self.counted()
        if differing:
            text, old, new = self.simplest(differing)
            return {"outcome": "differs", "inputs": self.compared, "call": f"{name}({text})", "old": old.shown(new), "new": new.shown(old), "results": self.results if len(self.results) == NAMED or exhausted else None}
        if self.values < ENOUGH and not (exhausted and self.values):
            return {"outcome": "unclear", "why": "too few inputs give a value"}
        return {"outcome": "same", "inputs": self.compared, "given": self.given()}

    def simplest(self, differing):
        """The shortest input that differs by itself, with what both give."""
        ordered = sorted(differing, key=lambda one: one[:2])
        for _, text, *_ in ordered[:8]:
            code = captured(text)
            old, new = run(Side(job["old"]), code), run(Side(job["new"]), code)
            try:
                if old and new and not old.is_misuse(self.said) and not is_same(old, new):
                    return text, old, new
            except Opaque:
                continue
        # Only what was called before makes the difference.
        _, text, _, old, new = ordered[0]
        return text, old, new

    def shrink(self):
        """Puts simpler inputs that differ, too, beside the simplest one."""
        end = time.monotonic() + 0.5
        differing = self.counted()
        if not differing:
            return
        _, text, kinds, *_ = min(differing, key=lambda one: one[:2])
        try:
            values = list(ast.literal_eval(f"({text},)")) if "=" not in text and "*" not in text and text else []
        except (ValueError, SyntaxError):
            return
        again = True
        while again and time.monotonic() < end:
            again = False
            for at, value in enumerate(values):
                for less in smaller(value):
                    if time.monotonic() > end:
                        return
                    tried = [*values[:at], less, *values[at + 1 :]]
                    simpler = ", ".join(map(repr, tried))
                    found = self.one(simpler)
                    if found and not found[2] and len(simpler) <= len(text) and simpler != text:
                        self.differing.append((len(simpler), simpler, kinds, *found[:2]))
                        values, text, again = tried, simpler, True
                        break
                if again:
                    break

    def measure(self):
        """Milliseconds that both take for the same large inputs; nothing where those are too short to say."""
        best = None
        for size in (8, 64, 512, 4096):
            kinds = self.kinds[0]
            texts = unique([self.inputs.written(kinds, size, size) for _ in range(3)])
            codes = [captured(text) for text in texts]
            given = [run(self.old, code) for code in codes]
            if any(one is None or one.way != "value" for one in given) or time.monotonic() - START > job["seconds"] + 1:
                break
            best = codes
            if max(taken(side, code) for side in (self.old, self.new) for code in codes) > LONG:
                break
        if not best:
            return None
        sides, times = (self.old, self.new), [0.0, 0.0]
        for code in best:
            shortest = [math.inf, math.inf]
            for _ in range(7):
                for at, side in enumerate(sides):
                    shortest[at] = min(shortest[at], taken(side, code))
            times = [total + one for total, one in zip(times, shortest)]
        return {"old_ms": times[0] * 1000, "new_ms": times[1] * 1000}


def taken(side, code):
    """Seconds of one call."""
    args, words = eval(code, side.space)
    before, sys.stdout = sys.stdout, io.StringIO()
    try:
        start = time.perf_counter()
        value = side.function(*args, **words)
        if hasattr(value, "__next__"):
            list(itertools.islice(value, MAX_DRAWN))
        return time.perf_counter() - start
    except BaseException:
        return math.inf
    finally:
        sys.stdout = before


def tell(found):
    answer.write("\n" + job["mark"] + json.dumps(found) + "\n")
    answer.flush()


try:
    comparison = Comparison()
    exhausted = comparison.all()
    comparison.shrink()
    found = comparison.found(exhausted)
    tell(found)
    if job["measure"] and found["outcome"] == "same":
        times = comparison.measure()
        if times and all(map(math.isfinite, times.values())):
            tell({**found, **times})
except Unclear as unclear:
    tell({"outcome": "unclear", "why": str(unclear)})
except BaseException as error:
    tell({"outcome": "unclear", "why": f"{type(error).__name__}: {error}"[:200]})
