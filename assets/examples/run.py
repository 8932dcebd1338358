# Runs the examples of a function's documentation. Reads a job from standard input, writes its results on the last line.
import ast
import builtins
import io
import json
import sys

job = json.load(sys.stdin)
answer, sys.stdout = sys.stdout, io.StringIO()
space = {"__name__": "examples"}


def same(got, wanted):
    """Equal, with the rounding that people write numbers with."""
    if isinstance(got, bool) or isinstance(wanted, bool):
        return got is wanted
    if isinstance(got, float) or isinstance(wanted, float):
        numbers = isinstance(got, (int, float)) and isinstance(wanted, (int, float))
        return numbers and abs(got - wanted) <= 1e-6 * max(1.0, abs(wanted))
    if isinstance(got, (list, tuple)) and type(got) is type(wanted):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    return got == wanted


def wanted_value(texts):
    for text in texts:
        try:
            return [eval(text, dict(space))]
        except BaseException:
            continue
    return []


def missing(text):
    """Names in a call that are not there; None when it is no expression. Prose writes f(abc) and means f("abc")."""
    try:
        nodes = list(ast.walk(ast.parse(text, mode="eval")))
    except SyntaxError:
        return None
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)} - bound
    return [name for name in names if name not in space and not hasattr(builtins, name)]


def one(example):
    wanted = wanted_value(example["expected"])
    words = missing(example["call"])
    if words is None:
        return {"ran": False, "passed": False, "got": ""}
    try:
        got = eval(example["call"], {**space, **{word: word for word in words}} if words else space)
    except BaseException as error:
        shown = f"{type(error).__name__}: {error}"[:200]
        return {"ran": bool(wanted) and not words, "passed": False, "got": shown}
    shown = repr(got)
    passed = bool(wanted) and same(got, wanted[0]) or shown in example["expected"]
    return {"ran": bool(wanted) or passed, "passed": passed, "got": shown[:200]}


try:
    exec(compile(job["source"], job["name"], "exec"), space)
    results = {"results": [one(example) for example in job["examples"]]}
except BaseException as error:
    results = {"broken": f"{type(error).__name__}: {error}"[:200]}
answer.write("\n" + job["mark"] + json.dumps(results) + "\n")
