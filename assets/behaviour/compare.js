// Runs a function as it is and as it is proposed on the same inputs, and says whether both do the same. Reads a job from standard
// input, writes what it found on the last line. Inputs are made of what is known of the parameters: types in the signature or the
// documentation, defaults, examples and literals; where nothing is known, of what the code does with them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { format, inspect, isDeepStrictEqual } from "node:util";
import vm from "node:vm";

const START = performance.now();
const MAX_INPUTS = 400;
const MAX_TIME = 250; // milliseconds of a call, after which it counts as endless
const MAX_DRAWN = 200; // of what an iterator gives
const ENOUGH = 3; // inputs with a value, for a claim
const NAMED = 40; // inputs of which is told what a proposal changes
const SHOWN = 4; // calls that are shown with their results where all do the same
const SHORT = 60; // characters of such a call, and of its result
const LONG = 40; // milliseconds that need no larger inputs to be measured
const OUTSIDE =
  /\b(Math\.random|Date|performance|process|require|import|fetch|XMLHttpRequest|localStorage|sessionStorage|document|window|globalThis|setTimeout|setInterval|setImmediate|queueMicrotask|crypto|async|await|Promise|Symbol|Proxy|WeakRef|eval|Function)\b/;
const NUMBER = ["number"];
const STRING = ["string"];
const LIST = new Set("map filter reduce forEach push pop some every sort find findIndex flat join shift unshift splice reverse flatMap fill".split(" "));
const TEXT = new Set(
  "split toLowerCase toUpperCase trim charAt charCodeAt codePointAt replace replaceAll startsWith endsWith padStart padEnd repeat substring substr match matchAll localeCompare trimStart trimEnd".split(" "),
);
const BOTH = new Set("length includes indexOf lastIndexOf slice concat at entries values keys".split(" "));

const job = JSON.parse(readFileSync(0, "utf8"));
const { name } = job;
const write = process.stdout.write.bind(process.stdout);

class Unclear extends Error {}
class Opaque extends Error {}

let state = 7;
const dice = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const below = (count) => Math.floor(dice() * count);
const pick = (list) => list[below(list.length)];
const unique = (list) => [...new Map(list.map((item) => [JSON.stringify(item), item])).values()];
const shuffled = (list) => list.map((item) => [dice(), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);

// The code, loaded once for each side.

const load = async (file) => {
  try {
    const loaded = file.endsWith(".mjs") ? await import(`./${file}`) : createRequire(import.meta.url)(`./${file}`);
    const evaluate = loaded[job.evaluate];
    const side = { evaluate, function: evaluate(name) };
    if (typeof side.function !== "function") throw new Unclear("it is no function of the file");
    return side;
  } catch (error) {
    if (error instanceof Unclear) throw error;
    throw new Unclear(`the file does not load by itself: ${error?.name}`);
  }
};

/** The texts of the function and of all of the file that it calls; nothing but its arguments may decide what it does. */
const look = (side) => {
  const seen = new Map();
  const waiting = [name];
  while (waiting.length) {
    const one = waiting.pop();
    if (seen.has(one)) continue;
    let value;
    try {
      value = side.evaluate(`typeof ${one} === "function" ? ${one} : undefined`);
    } catch {
      continue;
    }
    if (value === undefined) continue;
    const text = Function.prototype.toString.call(value);
    if (text.includes("[native code]")) continue;
    const code = text.replace(/\/\*[^]*?\*\//g, " ").replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
    const outside = OUTSIDE.exec(code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""'));
    if (outside) throw new Unclear(`it uses ${outside[0]}`);
    seen.set(one, code);
    waiting.push(...new Set(code.match(/[A-Za-z_$][\w$]*/g)));
  }
  return [...seen.values()];
};

// What is known of the parameters.

/** Cuts a text at a sign that stands in no bracket and no string. */
const cut = (text, sign) => {
  const parts = [""];
  let depth = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (quote) {
      if (c === "\\") parts[parts.length - 1] += text[at++];
      else if (c === quote) quote = "";
    } else if ("\"'`".includes(c)) quote = c;
    else if ("([{<".includes(c)) depth++;
    else if (")]}".includes(c) || (c === ">" && text[at - 1] !== "=")) depth--;
    else if (c === sign && depth === 0) {
      parts.push("");
      continue;
    }
    parts[parts.length - 1] += text[at] ?? "";
  }
  return parts.map((part) => part.trim());
};

/** What stands in the first brackets of a signature. */
const inBrackets = (text) => {
  const start = text.indexOf("(");
  let depth = 0;
  for (let at = start; at >= 0 && at < text.length; at++) {
    depth += "([{".includes(text[at]) - ")]}".includes(text[at]);
    if (depth === 0) return text.slice(start + 1, at);
  }
  return "";
};

/** The parameters of a signature: name, type as it is written, default, and whether it takes the rest. */
const parameters = (signature) => {
  const alone = /^\s*(?:const|let|var)?\s*(?:[\w$]+\s*=\s*)?([A-Za-z_$][\w$]*)\s*=>/.exec(signature);
  const written = alone ? alone[1] : inBrackets(signature);
  return cut(written, ",")
    .filter((part) => part)
    .map((part) => {
      const [head, ...value] = cut(part.replace(/=>/g, "\u0001"), "=");
      const [first, ...type] = cut(head, ":");
      const rest = first.startsWith("...");
      const optional = first.endsWith("?") || value.length > 0;
      return {
        name: first.replace(/^\.\.\.|\?$/g, "").replace(/^(public|private|readonly)\s+/, ""),
        type: type.join(":").replace(/\u0001/g, "=>"),
        value: value.join("=").replace(/\u0001/g, "=>"),
        rest,
        optional,
      };
    });
};

const documented = () => {
  const found = {};
  for (const [, type, , parameter] of (job.documentation ?? "").matchAll(/@param\s*\{([^}]*(?:\{[^}]*\}[^}]*)*)\}\s*(\[)?([\w$]+)/g)) {
    found[parameter] = type.trim();
  }
  return found;
};

const either = (kinds) => {
  const found = unique(kinds.filter((kind) => kind));
  return found.length > 1 ? ["either", found.slice(0, 6)] : found[0];
};

/** The kind that a type means; `undefined` when it leaves that open. */
const kindOfType = (type, depth = 0) => {
  const text = type.trim().replace(/^\((.*)\)$/s, "$1").replace(/^\?(.*)/, "$1|null").replace(/=$/, "").trim();
  const inner = (part) => kindOfType(part, depth + 1) ?? NUMBER;
  if (depth > 5) throw new Unclear("it takes values within values without end");
  if (!text || ["any", "unknown", "*", "Object", "object"].includes(text)) return undefined;
  if (text.includes("=>") || text === "Function") throw new Unclear("it takes functions");
  const choices = cut(text, "|").filter((part) => part);
  if (choices.length > 1) return either(choices.map(inner));
  if (text === "number" || text === "Number" || text === "int" || text === "float") return NUMBER;
  if (text === "string" || text === "String") return STRING;
  if (text === "boolean" || text === "Boolean") return ["texts", ["false", "true"]];
  if (text === "null" || text === "undefined" || text === "void") return ["texts", [text === "null" ? "null" : "undefined"]];
  if (/^(?:-?\d+(?:\.\d+)?|"[^"]*"|'[^']*'|true|false)$/.test(text)) return ["texts", [text]];
  if (text.startsWith("readonly ")) return inner(text.slice(9));
  if (text.endsWith("[]")) return ["list", inner(text.slice(0, -2))];
  if (text.startsWith("[") && text.endsWith("]")) return ["tuple", cut(text.slice(1, -1), ",").map(inner)];
  const generic = /^(\w+)\.?<(.*)>$/s.exec(text);
  if (generic) {
    const parts = cut(generic[2], ",").map(inner);
    if (["Array", "ReadonlyArray", "Iterable"].includes(generic[1])) return ["list", parts[0]];
    if (["Set", "ReadonlySet"].includes(generic[1])) return ["set", parts[0]];
    if (["Record", "Object"].includes(generic[1])) return ["dict", parts[0], parts[1] ?? NUMBER];
    if (["Map", "ReadonlyMap"].includes(generic[1])) return ["map", parts[0], parts[1] ?? NUMBER];
  }
  if (text === "Array") return ["list", NUMBER];
  if (text.startsWith("{") && text.endsWith("}")) {
    const fields = cut(text.slice(1, -1).replace(/;/g, ","), ",").filter((field) => field);
    return [
      "record",
      fields.map((field) => {
        const [key, ...rest] = cut(field, ":");
        return [key.replace(/\?$/, ""), inner(rest.join(":"))];
      }),
    ];
  }
  throw new Unclear(`no value of ${text} is known`);
};

const kindOf = (value) => {
  if (value === null || value === undefined || typeof value === "boolean") {
    return ["texts", typeof value === "boolean" ? ["false", "true"] : [String(value)]];
  }
  if (typeof value === "number") return NUMBER;
  if (typeof value === "string") return STRING;
  if (Array.isArray(value)) return ["list", either(value.map(kindOf)) ?? NUMBER];
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return ["record", Object.entries(value).map(([key, part]) => [JSON.stringify(key), kindOf(part) ?? NUMBER])];
  }
  return undefined;
};

/** What a parameter could be, by what the code does with it. */
const guesses = (parameter, code) => {
  const used = new RegExp(`\\b${parameter.replace(/\$/g, "\\$")}\\b\\s*\\??\\.\\s*(\\w+)(\\s*\\()?`, "g");
  const found = new Set();
  const fields = new Set();
  for (const [, property, call] of code.matchAll(used)) {
    if (LIST.has(property)) found.add("list");
    else if (TEXT.has(property)) found.add("string");
    else if (BOTH.has(property)) found.add("both");
    else if (property === "toFixed" || property === "toPrecision") found.add("number");
    else if (!call) fields.add(property);
  }
  const has = (pattern) => new RegExp(pattern.replace(/P/g, `\\b${parameter.replace(/\$/g, "\\$")}\\b`)).test(code);
  if (has("of P\\b") || has("\\.\\.\\.P") || has("P\\s*\\[")) found.add("both");
  if (has("Object\\.\\w+\\(P") || has("in P")) found.add("dict");
  if (has("Math\\.\\w+\\([^)]*P") || has("P\\s*[-*/%<>]") || has("[-*/%<>]=?\\s*P") || has("P\\s*(\\+\\+|--)")) found.add("number");
  const lists = [["list", NUMBER], ["list", STRING], ["list", ["list", NUMBER]]];
  const kinds = [];
  if (fields.size) kinds.push(["record", [...fields].slice(0, 8).map((field) => [field, ["either", [NUMBER, STRING]]])]);
  if (found.has("list")) kinds.push(...lists);
  if (found.has("string")) kinds.push(STRING);
  if (!found.has("list") && !found.has("string") && found.has("both")) kinds.push(...lists, STRING);
  if (found.has("dict")) kinds.push(["dict", STRING, NUMBER]);
  if (found.has("number") && !kinds.length) kinds.push(NUMBER);
  return kinds.length ? kinds : [NUMBER, STRING, ["list", NUMBER], ["list", STRING]];
};

// Values as texts.

const literals = (texts) => {
  const numbers = [];
  const words = [];
  for (const text of texts) {
    for (const [word] of text.matchAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`$]*`/g)) {
      try {
        words.push(vm.runInNewContext(word, {}, { timeout: 50 }));
      } catch {
        continue;
      }
    }
    for (const [word] of text.replace(/(["'`])(?:\\.|(?!\1).)*\1/g, " ").matchAll(/(?<![\w.])\d+(?:\.\d+)?(?![\w])/g)) {
      if (Number(word) < 1e9) numbers.push(Number(word));
    }
  }
  return [unique(numbers).slice(0, 20), unique(words).filter((word) => word.length < 60).slice(0, 30)];
};

const [simple, last] = [{}, new Map()];

const varied = (text) => {
  const word = text || "ab";
  const at = below(word.length + 1);
  const turned = [...word].reverse().join("");
  const swapped = word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase();
  return pick([
    swapped, word[0].toUpperCase() + word.slice(1), turned, word + word, word + turned, word.slice(0, at) + word.slice(at + 1),
    word.slice(0, at) + pick([..." ,.-1aA"]) + word.slice(at), shuffled([...word]).join(""), swapped + turned, word.trim(),
  ]).slice(0, 40);
};

const plain = (head, step, size) => {
  if (size) return head === "number" ? size : Array.from({ length: size }, () => pick([..."abcde fgh,12"])).join("");
  const known = simple[head];
  if (head === "string" && dice() < 0.35) {
    const made = varied(dice() < 0.4 ? last.get(head) : pick(known.slice(0, 6 + Math.floor(step / 3))));
    last.set(head, made);
    return made;
  }
  if (dice() < 0.7) return pick(known.slice(0, 4 + Math.floor(step / 3)));
  if (head === "number") return dice() < 0.7 ? below(step < 100 ? 60 : 500) - 20 : Math.round((dice() - 0.5) * 20000) / 100;
  return Array.from({ length: below(3 + step / 20) }, () => pick([..."abcABC 012,.-_é"])).join("");
};

const items = (kind, step, size) => {
  if (size && kind[1] === NUMBER && dice() < 0.5) return shuffled(Array.from({ length: size }, (_, at) => String(at * 2)));
  const key = JSON.stringify(kind);
  if (last.has(key) && !size && dice() < 0.15) return dice() < 0.7 ? shuffled(last.get(key)) : [...last.get(key)];
  const count = size || below(Math.min(6, 1 + Math.floor(step / 6)) + 1);
  const made = Array.from({ length: count }, () => written(kind[1], step));
  if (made.length && !size && dice() < 0.2) made.push(pick(made));
  if (dice() < 0.25) made.sort((a, b) => (isNaN(a) || isNaN(b) ? (a < b ? -1 : 1) : a - b));
  last.set(key, made);
  return made;
};

/** A value of a kind as code. The first steps give small ones; `size`: about so large. */
const written = (kind, step, size) => {
  const [head] = kind;
  if (head === "either") return written(size ? kind[1][step % kind[1].length] : pick(kind[1]), step, size);
  if (head === "texts") return pick(kind[1]);
  if (head === "number") {
    const number = plain(head, step, size);
    return Object.is(number, -0) ? "0" : String(number);
  }
  if (head === "string") return JSON.stringify(plain(head, step, size));
  if (head === "list") return `[${items(kind, step, size).join(", ")}]`;
  if (head === "set") return `new Set([${items(kind, step, size).join(", ")}])`;
  if (head === "tuple") return `[${kind[1].map((part) => written(part, step, size)).join(", ")}]`;
  if (head === "record") return `{ ${kind[1].map(([key, part]) => `${key}: ${written(part, step)}`).join(", ")} }`;
  const count = size || below(Math.min(6, 1 + Math.floor(step / 6)) + 1);
  const pairs = Array.from({ length: count }, () => [written(kind[1], step), written(kind[2], step)]);
  if (head === "map") return `new Map([${pairs.map(([key, value]) => `[${key}, ${value}]`).join(", ")}])`;
  return `{ ${pairs.map(([key, value]) => `[${key}]: ${value}`).join(", ")} }`;
};

// Running and comparing.

const call = new vm.Script("globalThis.__call()");

const run = (side, text) => {
  let given;
  try {
    given = side.evaluate(`[${text}]`);
  } catch {
    return undefined;
  }
  const printed = [];
  const log = (...words) => void printed.push(format(...words));
  const before = { ...console };
  Object.assign(console, { log, info: log, warn: log, error: log, debug: log });
  globalThis.__call = () => {
    const value = side.function(...given);
    if (typeof value?.next !== "function" || typeof value?.[Symbol.iterator] !== "function") return value;
    const drawn = [];
    for (const one of value) if (drawn.push(one) >= MAX_DRAWN) break;
    return drawn;
  };
  try {
    return { way: "value", value: call.runInThisContext({ timeout: MAX_TIME }), printed, given };
  } catch (error) {
    if (error?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return { way: "endless", printed, given };
    const deep = error instanceof RangeError && /call stack/.test(error.message);
    const kind = deep ? "StackOverflow" : (error?.name ?? typeof error);
    return { way: "raises", value: kind, said: error?.message, printed, given };
  } finally {
    Object.assign(console, before);
  }
};

const isMisuse = (one, said) =>
  one.way === "endless" || (one.way === "raises" && ["TypeError", "ReferenceError", "StackOverflow"].includes(one.value) && !said.has(one.value));

const same = (one, other, depth = 0) => {
  if (depth > 40) throw new Opaque();
  if (typeof one !== typeof other) return false;
  if (typeof one === "number") {
    if (Number.isNaN(one) || Number.isNaN(other)) return Number.isNaN(one) && Number.isNaN(other);
    return one === other || Math.abs(one - other) <= Math.max(1e-12, 1e-9 * Math.max(Math.abs(one), Math.abs(other)));
  }
  if (typeof one === "function" || typeof one === "symbol") throw new Opaque();
  if (one === null || other === null || typeof one !== "object") return one === other;
  if (one.constructor?.name !== other.constructor?.name) return false;
  const inner = (a, b) => same(a, b, depth + 1);
  if (Array.isArray(one)) return one.length === other.length && one.every((item, at) => inner(item, other[at]));
  if (one instanceof Map) return inner([...one.keys()], [...other.keys()]) && inner([...one.values()], [...other.values()]);
  if (one instanceof Set || one instanceof Date || one instanceof RegExp || ArrayBuffer.isView(one)) return isDeepStrictEqual(one, other);
  if (typeof one.then === "function") throw new Opaque();
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && inner(one[key], other[key]));
};

const isSame = (one, other) =>
  one.way === other.way && isDeepStrictEqual(one.printed, other.printed) && same(one.value, other.value) && same(one.given, other.given);

const shown = (value) => {
  const text = inspect(value, { breakLength: Infinity, depth: 6 });
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
};

const told = (one, other) => {
  if (one.way === "endless") return "does not end";
  if (one.way === "raises") return `throws ${one.value === "StackOverflow" ? "RangeError" : one.value}`;
  if (one.way === other.way && same(one.value, other.value)) {
    if (!isDeepStrictEqual(one.printed, other.printed)) return `prints ${shown(one.printed.join("\n"))}`;
    return `leaves its arguments as ${one.given.map(shown).join(", ")}`;
  }
  return shown(one.value);
};

/** What a call gave, the same text in each run of this program. */
const named = (given) => (given.way === "value" ? `${shown(given.value)} ${given.printed.join("\n")}` : `${given.way} ${given.value}`);

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), never 0. */
const hash = (text) => {
  let sum = 2166136261;
  for (const letter of text) sum = Math.imul(sum ^ letter.codePointAt(0), 16777619) >>> 0;
  return Math.max(1, sum);
};

/** Simpler values than this one, those that save most first. */
const smaller = function* (value) {
  if (typeof value === "number" && value) yield* [0, 1, Math.trunc(value / 2), value - Math.sign(value)].filter((less) => Math.abs(less) < Math.abs(value));
  else if (typeof value === "string" && value) {
    yield* [value.slice(0, value.length >> 1), value.slice(value.length >> 1)];
    for (let at = 0; at < Math.min(value.length, 12); at++) yield value.slice(0, at) + value.slice(at + 1);
  } else if (Array.isArray(value) && value.length) {
    yield* [value.slice(0, value.length >> 1), value.slice(value.length >> 1)];
    for (let at = 0; at < Math.min(value.length, 12); at++) yield value.toSpliced(at, 1);
    for (let at = 0; at < Math.min(value.length, 8); at++) for (const less of smaller(value[at])) yield value.with(at, less);
  }
};

const isPlain = (value) =>
  value === null || ["number", "string", "boolean"].includes(typeof value) || (Array.isArray(value) && value.every(isPlain));

const compare = async () => {
  const files = Object.fromEntries(["old", "again", "probe", "new"].map((side) => [side, `${side}.${job.ending}`]));
  const [old, again, probe, proposed] = [await load(files.old), await load(files.again), await load(files.probe), await load(files.new)];
  const texts = look(old);
  look(proposed);
  const said = new Set([...texts[0].matchAll(/throw\s+(?:new\s+)?(\w+)/g)].map(([, kind]) => kind));
  const [numbers, words] = literals(texts);
  const whole = numbers.filter(Number.isInteger).flatMap((number) => [number, number + 1, number - 1]);
  simple.number = unique([0, 1, 2, -1, 3, ...whole, ...numbers, 5, 4, 0.5, 10, 7, -2, 12, 2.5, 100, -7, 255, 1000]);
  simple.string = unique([
    "", "a", "ab", "b", " ", "A", ...words, "aa", "aba", "1", "hello", "Hello World", "a b", "a,b", " x ", "é", "A1b2", "-1", "racecar", "x\ny",
  ]);

  // Arguments of examples, and what they say of each parameter.
  const calls = [];
  const seen = {};
  const declared = parameters(job.signature || texts[0]);
  for (const example of job.calls) {
    const at = example.indexOf(`${name}(`);
    if (at < 0) continue;
    const text = inBrackets(example.slice(at));
    try {
      const values = probe.evaluate(`[${text}]`);
      if (!values.some((value) => typeof value === "function")) calls.push(text);
      values.forEach((value, place) => (seen[declared[place]?.name] ??= []).push(value));
    } catch {
      continue;
    }
  }
  let guessed = false;
  const types = documented();
  const slots = declared.map((parameter) => {
    if (/^[{[]/.test(parameter.name) && !parameter.type && !types[parameter.name]) throw new Unclear("it takes its arguments apart");
    let kind = kindOfType(parameter.type || types[parameter.name] || "");
    // What takes the rest is declared as a list of it.
    if (kind && parameter.rest && kind[0] !== "list") kind = ["list", kind];
    if (!kind) {
      const values = [...(seen[parameter.name] ?? [])];
      if (parameter.value) {
        try {
          values.push(probe.evaluate(`(${parameter.value})`));
        } catch {
          // A default that needs other arguments says nothing by itself.
        }
      }
      kind = either(values.filter((value) => value !== undefined && value !== null).map(kindOf));
      if (kind && parameter.rest && kind[0] !== "list") kind = ["list", kind];
    }
    if (kind) return { ...parameter, kinds: [kind] };
    guessed = true;
    const kinds = guesses(parameter.name, texts[0]);
    return { ...parameter, kinds: parameter.rest ? [["list", NUMBER], ["list", STRING]] : kinds };
  });
  const input = (kinds, step, size) => {
    const parts = [];
    for (const [at, slot] of slots.entries()) {
      if (slot.optional && !slot.rest && dice() < 0.15) break;
      parts.push(`${slot.rest ? "..." : ""}${written(kinds[at], step, size)}`);
    }
    return parts.join(", ");
  };
  let kinds = slots.reduce((all, slot) => all.flatMap((before) => slot.kinds.map((kind) => [...before, kind])).slice(0, 2000), [[]]);
  if (guessed) {
    const fits = kinds.slice(0, 200).filter((some) => {
      const given = [0, 1, 2].map((step) => run(probe, input(some, 6 + step)));
      const fine = given.filter((one) => one && !isMisuse(one, new Set()));
      const means = (one) => one.way === "value" && one.value !== undefined && !Number.isNaN(one.value);
      return fine.length === given.length && (fine.some(means) || fine.some((one) => one.printed.length));
    });
    if (!fits.length) throw new Unclear("it is not known what it takes");
    kinds = fits.slice(0, 24);
  }

  const differing = [];
  const fine = new Set();
  const simplest = new Map(); // what both give: the shortest arguments that give it
  let [compared, values] = [0, 0];
  const results = []; // of the first inputs, a name for what changed, and 0 where nothing did
  const one = (text) => {
    const given = [old, again, proposed].map((side) => run(side, text));
    if (given.includes(undefined) || isMisuse(given[0], said)) return undefined;
    try {
      if (!isSame(given[0], given[1])) throw new Unclear("it does not always do the same");
      return { old: given[0], new: given[2], equal: isSame(given[0], given[2]) };
    } catch (error) {
      if (error instanceof Unclear) throw error;
      return undefined;
    }
  };
  const take = (text, some) => {
    const found = one(text);
    if (results.length < NAMED) results.push(found && !found.equal ? hash(named(found.new)) : 0);
    if (!found) return;
    compared++;
    values += found.old.way === "value";
    if (found.equal) {
      fine.add(some);
      keepSimple(text, found.old);
    } else differing.push({ text, some, ...found });
  };
  const keepSimple = (text, given) => {
    if (given.way !== "value") return;
    const result = shown(given.value);
    if (Math.max(text.length, result.length) <= SHORT && !(simplest.get(result)?.length <= text.length)) simplest.set(result, text);
  };
  // What some of the simplest calls give, each something else.
  const given = () =>
    [...simplest].sort((one, other) => one[1].length - other[1].length).slice(0, SHOWN).map(([result, text]) => ({ call: `${name}(${text})`, result }));
  const counted = () => {
    if (!guessed) return differing;
    const refused = new Set(differing.filter((it) => it.some && !fine.has(it.some) && isMisuse(it.new, new Set())).map((it) => it.some));
    const kept = differing.filter((it) => !refused.has(it.some));
    return kept.length || fine.size ? kept : differing;
  };
  const shortest = () => counted().reduce((best, it) => (!best || it.text.length < best.text.length ? it : best), undefined);
  const found = (exhausted) => {
    const best = shortest();
    if (best) {
      const call = `${name}(${best.text})`;
      return { outcome: "differs", inputs: compared, call, old: told(best.old, best.new), new: told(best.new, best.old), results: results.length === NAMED || exhausted ? results : null };
    }
    if (values < ENOUGH && !(exhausted && values)) return { outcome: "unclear", why: "too few inputs give a value" };
    return { outcome: "same", inputs: compared, given: given() };
  };

  const known = new Set(calls);
  for (const text of known) take(text);
  let [step, repeated, exhausted] = [0, 0, false];
  const more = () => known.size < MAX_INPUTS && performance.now() - START < job.seconds * 1000 && differing.length < (guessed ? 200 : 40);
  while (more()) {
    const some = guessed ? kinds[step % kinds.length] : pick(kinds);
    const text = input(some, step++);
    if (known.has(text)) {
      exhausted = ++repeated > 200;
      if (exhausted) break;
      continue;
    }
    repeated = 0;
    known.add(text);
    take(text, some);
    if (compared && compared % 50 === 0) tell(found(false));
  }

  // Simpler inputs that differ, too.
  const end = performance.now() + 500;
  let best = shortest();
  let parts = best ? old.evaluate(`[${best.text}]`) : [];
  for (let again = best && parts.every(isPlain); again && performance.now() < end; ) {
    again = false;
    search: for (const [at, value] of parts.entries()) {
      for (const less of smaller(value)) {
        if (performance.now() > end) break search;
        const tried = parts.with(at, less);
        const text = tried.map((part) => JSON.stringify(part)).join(", ");
        const result = one(text);
        if (result && !result.equal && text.length <= best.text.length && text !== best.text) {
          best = { text, some: best.some, ...result };
          differing.push(best);
          parts = tried;
          again = true;
          break search;
        }
      }
    }
  }
  const result = found(exhausted);
  tell(result);
  if (!job.measure || result.outcome !== "same") return;

  // Large inputs, as large as the code as it is can take in a moment.
  let large;
  for (const size of [8, 64, 512, 4096]) {
    const some = unique([0, 1, 2].map(() => input(kinds[0], size, size)));
    const start = performance.now();
    const runs = some.flatMap((text) => [run(old, text), run(proposed, text)]);
    if (runs.some((it) => it?.way !== "value") || performance.now() - START > job.seconds * 1000 + 1000) break;
    large = some;
    if (performance.now() - start > LONG) break;
  }
  if (!large) return;
  const times = [0, 0];
  for (const text of large) {
    const least = [Infinity, Infinity];
    for (let round = 0; round < 9; round++) {
      [old, proposed].forEach((side, at) => {
        const args = side.evaluate(`[${text}]`);
        const log = console.log;
        console.log = () => {};
        const start = performance.now();
        try {
          side.function(...args);
          least[at] = Math.min(least[at], performance.now() - start);
        } finally {
          console.log = log;
        }
      });
    }
    least.forEach((time, at) => (times[at] += time));
  }
  if (times.every(Number.isFinite)) tell({ ...result, old_ms: times[0], new_ms: times[1] });
};

const tell = (found) => write(`\n${job.mark}${JSON.stringify(found)}\n`);

try {
  await compare();
} catch (error) {
  tell({ outcome: "unclear", why: error instanceof Unclear ? error.message : `${error?.name}: ${error?.message}`.slice(0, 200) });
}
