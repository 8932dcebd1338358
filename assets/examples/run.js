
;{
  // Runs the examples of a function's documentation, behind the code itself. Reads a job from standard input, writes its
  // results on the last line.
  const load = (name) => typeof require === "function" ? require(name) : process.getBuiltinModule(name);
  const job = JSON.parse(load("node:fs").readFileSync(0, "utf8"));
  const same = (got, wanted) => {
    if (typeof got === "number" && typeof wanted === "number") {
      return Object.is(got, wanted) || Math.abs(got - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
    }
    if (Array.isArray(got) && Array.isArray(wanted)) {
      return got.length === wanted.length && got.every((item, index) => same(item, wanted[index]));
    }
    return load("node:util").isDeepStrictEqual(got, wanted);
  };
  const show = (value) => load("node:util").inspect(value, { breakLength: Infinity }).slice(0, 200);
  const wantedValue = (texts, evaluate) => {
    for (const text of texts) {
      try {
        // Prose writes pairs as (1, 2), which here would be the last of them.
        const list = /^\((.*,.*)\)$/s.exec(text);
        return [evaluate(list ? "[" + list[1] + "]" : "(" + text + ")")];
      } catch {
        continue;
      }
    }
    return [];
  };
  // Names in a call that are not there stand for themselves: prose writes f(abc) and means f("abc").
  const words = (probe, evaluate, found = []) => {
    try {
      evaluate(probe);
      return found;
    } catch (error) {
      const name = error instanceof ReferenceError && /^([A-Za-z_$][\w$]*) is not defined$/.exec(error.message)?.[1];
      if (!name || found.includes(name) || found.length > 8) return null;
      globalThis[name] = name;
      return words(probe, evaluate, [...found, name]);
    }
  };
  const one = (example, evaluate) => {
    const wanted = wantedValue(example.expected, evaluate);
    const named = example.probe ? words(example.probe, evaluate) : [];
    if (named === null) return { ran: false, passed: false, got: "" };
    try {
      const got = evaluate(example.call);
      const passed = wanted.length > 0 && same(got, wanted[0]);
      return { ran: wanted.length > 0, passed, got: show(got) };
    } catch (error) {
      // A call that names what is not there says nothing about the code.
      const name = error instanceof ReferenceError && error.message.split(" ")[0];
      if (name && example.call.includes(name)) return { ran: false, passed: false, got: "" };
      return { ran: wanted.length > 0 && named.length === 0, passed: false, got: String(error).slice(0, 200) };
    }
  };
  const results = job.examples.map((example) => one(example, (text) => eval(text)));
  process.stdout.write("\n" + job.mark + JSON.stringify({ results }) + "\n");
}
