// SPDX-License-Identifier: GPL-3.0-or-later
// Reads HTML reports in Chromium: node html.mjs MODULES CHROMIUM FOLDER, where test-html_report.sh made the pages.
// Prints "ok NAME" or "not ok NAME" for each test, and "end" behind the last.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [modules, chromium, folder] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium: launcher } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const browser = await launcher.launch({ executablePath: chromium, args: ["--no-sandbox"] });

// A page, with all that it asked for or complained of.
const open = async (name, options = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(120000);
    const url = `file://${folder}/${name}.html`, noise = [];
    page.on("console", (message) => noise.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => noise.push(`error: ${error.message}`));
    page.on("request", (request) => request.url() === url || noise.push(`request: ${request.url()}`));
    await page.goto(url);
    return { page, noise, close: () => context.close() };
};
const report = (name) => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
const expect = (good, what) => {
    if (!good) {
        throw new Error(what);
    }
};
const equal = (got, want, what) =>
    expect(JSON.stringify(got) === JSON.stringify(want),
        `${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);

// A body returns what it expects of requests, errors and messages, if any.
const test = async (name, page, options, body) => {
    let opened;
    try {
        opened = await open(page, options);
        const wanted = await body(opened.page);
        equal(opened.noise.filter((line) => !wanted?.test(line)), [], "requests, errors and messages");
        console.log(`ok ${name}`);
    } catch (error) {
        console.log(`not ok ${name}: ${String(error.message).replace(/\s+/g, " ").slice(0, 2000)}`);
    }
    await opened?.close();
};
const shown = (page, selector) =>
    page.$$eval(selector, (elements) => elements.filter((element) => element.checkVisibility()).length);
// The filter waits until nobody types, or for the return key.
const settle = async (page, action) => {
    await action();
    await page.$eval("#filter", (form) => form.requestSubmit());
};
// By the keyboard: a click waits until nothing moves, which a busy machine takes its time for.
const press = async (page, selector) => {
    await page.focus(selector);
    await page.keyboard.press("Enter");
};
const violations = async (page) => {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    equal(found.violations.map((one) => `${one.id}: ${one.nodes.length}, ${one.nodes[0].html}`), [], "axe");
};
const popcount = (byte) => byte.toString(2).replaceAll("0", "").length;
const bytes = (hex) => hex.match(/../g)?.map((pair) => parseInt(pair, 16)) ?? [];

await test("all findings of the JSON report are in the page", "broken", {}, async (page) => {
    const findings = report("broken").evidence[0].findings;
    equal(await page.$$eval("table.lines tbody tr", (rows) => rows.length), findings.length, "lines");
    equal(await page.$$eval("table.places tbody tr", (rows) => rows.length), findings.length, "places");
    const text = await page.$$eval("article.finding", (all) => all.map((one) => one.textContent).join("\n"));
    for (const finding of findings.filter((one) => !/[^ -~]/.test(one.key + one.message))) {
        expect(text.includes(finding.message), finding.message);
        expect(text.includes(finding.key), finding.key);
    }
});

await test("each line leads to its finding", "broken", {}, async (page) => {
    const links = await page.$$eval("a[href^='#']", (all) => all.map((one) => one.hash.slice(1)));
    const ids = new Set(await page.$$eval("[id]", (all) => all.map((one) => one.id)));
    equal(links.filter((id) => !ids.has(id)), [], "links that lead nowhere");
});

await test("the bits outside of a mask are marked, and no others", "broken", {}, async (page) => {
    const pairs = report("broken").evidence[0].findings.map((one) => one.pair).filter((pair) => pair?.mask);
    let total = 0;
    for (const pair of pairs) {
        const atr = bytes(pair.atr), mask = bytes(pair.mask);
        const want = pair.offending_bytes.filter((i) => i < atr.length && i < mask.length)
            .reduce((sum, i) => sum + popcount(atr[i] & ~mask[i] & 0xff), 0);
        const got = await page.$$eval("article.finding svg.grid", (grids, [a, m]) => {
            const grid = grids.find((one) => {
                const rows = [...one.querySelectorAll(".hex")].map((row) => row.textContent);
                return rows[0] === a && rows[1] === m && one.closest("article").querySelector("h4");
            });
            return [...grids].filter((one) => one === grid)
                .map((one) => [...one.querySelectorAll(".bad")].map((row) => row.textContent).join(""))[0];
        }, [pair.atr, pair.mask]);
        if (got !== undefined && want) {
            equal(got, "1".repeat(want), pair.atr);
            total += want;
        }
    }
    expect(total > 20, `only ${total} such bits`);
});

await test("a search leaves what holds all its words", "fleet", {}, async (page) => {
    const all = await shown(page, "article.finding");
    await settle(page, () => page.fill("#query", "outside MASK contoso"));
    const left = await page.$$eval("article.finding", (articles) =>
        articles.filter((one) => one.checkVisibility()).map((one) => one.closest("section").textContent));
    expect(left.length > 0 && left.length < all, `${left.length} of ${all}`);
    expect(left.every((text) => /outside/i.test(text) && /contoso/i.test(text)), "one without these words");
    expect((await page.textContent("#matches")).startsWith(`${left.length} of ${all} different findings`), "count");
    await settle(page, () => page.fill("#query", ""));
    equal(await shown(page, "article.finding"), all, "findings after all");
});

await test("a search for a host leaves its row, its evidence and its findings", "fleet", {}, async (page) => {
    const host = report("fleet").evidence.findIndex((one) => one.name.includes("host2"));
    const own = await page.$$eval(`#e${host + 1} .lines a`, (links) =>
        [...new Set(links.map((link) => link.hash))].sort());
    await settle(page, () => page.fill("#query", "host2"));
    equal(await shown(page, "details.piece"), 1, "pieces");
    equal(await shown(page, ".matrix tbody tr"), 1, "rows");
    const left = await page.$$eval("article.finding", (articles) =>
        articles.filter((one) => one.checkVisibility()).map((one) => `#${one.id}`).sort());
    expect(own.length > 0 && own.length < await page.$$eval("article.finding", (all) => all.length), "own findings");
    equal(left, own, "findings");
});

await test("severity and status filter", "fleet", {}, async (page) => {
    await settle(page, () => page.selectOption("#severity", "error"));
    equal(await shown(page, "details.piece"), report("fleet").evidence.filter((one) => one.counts.error).length,
        "pieces with errors");
    equal(await shown(page, "article.finding:not(.error)"), 0, "findings of other severities");
    expect(await shown(page, "article.finding.error") > 5, "errors");
    await page.selectOption("#severity", "");
    await settle(page, () => page.selectOption("#status", "failed"));
    equal(await shown(page, "details.piece"), 1, "pieces");
});

await test("the filter works by the keyboard", "fleet", {}, async (page) => {
    for (let i = 0; i < 20 && await page.evaluate(() => document.activeElement.id) !== "query"; i++) {
        await page.keyboard.press("Tab");
    }
    await page.keyboard.type("host3");
    await page.waitForFunction(() => document.getElementById("matches").textContent.includes(" 1 of 4 pieces"));
    equal(await shown(page, "details.piece"), 1, "pieces");
    equal(await page.getAttribute("#matches", "role"), "status", "role of the count");
});

await test("a link unfolds the evidence that it leads to, and ends a filter that hides it", "fleet", {},
    async (page) => {
        await settle(page, () => page.fill("#query", "host1"));
        await page.evaluate(() => { location.hash = "#e3"; });
        await page.waitForFunction(() => document.getElementById("e3").open);
        expect(await page.isVisible("#e3 dl"), "its facts");
    });

await test("the matrix has a row for each piece of evidence and a column for each rule", "fleet", {},
    async (page) => {
        const evidence = report("fleet").evidence;
        const rules = new Set(evidence.flatMap((one) => one.findings.map((finding) => finding.rule)));
        equal(await page.$$eval(".matrix thead th", (all) => all.length - 1), rules.size, "columns");
        const sums = await page.$$eval(".matrix tbody tr", (rows) => rows.map((row) =>
            [...row.querySelectorAll("td")].reduce((sum, cell) => sum + Number(cell.textContent.trim().slice(1)), 0)));
        equal(sums, evidence.map((one) => one.findings.length), "sums of the rows");
    });

await test("hostile names are text", "hostile", {}, async (page) => {
    const text = await page.evaluate(() => document.body.textContent);
    for (const name of ["<script>window.pwned=1</script>", "\"'><img src=x onerror=window.pwned=1>", "&lt;b&gt;",
        "\\u202e", "\\x1b[2J", "\\ud83d", "</title>", "{{7*7}}"]) {
        expect(text.includes(name), `not there: ${name}`);
    }
    expect(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]/.test(text),
        "control or bidi characters");
    equal(await page.evaluate(() => window.pwned ?? null), null, "what ran");
    equal(await page.$$eval("script, style, img, iframe, object, link", (all) => all.map((one) => one.tagName)),
        ["STYLE", "SCRIPT"], "elements");
    equal(await page.$$eval("*", (all) => all.flatMap((one) => one.getAttributeNames())
        .filter((name) => name.startsWith("on") || name === "style" || name === "src")), [], "attributes");
    equal(await page.title(), "Smart-card configuration audit: </title><script>window.pwned=1</script>", "title");
});

await test("what is not of the page does not run in it", "broken", {}, async (page) => {
    const ran = await page.evaluate(() => {
        const complaints = new Promise((resolve) => {
            addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
        });
        const script = document.createElement("script");
        script.textContent = "window.pwned = 1";
        document.body.append(script);
        return complaints.then((directive) => [window.pwned ?? null, directive]);
    });
    equal(ran, [null, "script-src-elem"], "script");
    return /^console: .*Content Security Policy/;
});

for (const [name, colorScheme] of [["broken", "light"], ["fleet", "light"], ["fleet", "dark"],
    ["hostile", "light"], ["cards", "dark"], ["clean", "dark"]]) {
    await test(`axe-core finds nothing in ${name}, ${colorScheme}`, name, { colorScheme }, async (page) => {
        await press(page, "#unfold");
        await violations(page);
    });
}

await test("the theme can be chosen", "broken", { colorScheme: "light" }, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const before = await ground();
    await press(page, "#theme");
    expect(await ground() !== before, "the same ground");
    await press(page, "#theme");
    equal(await ground(), before, "ground");
});

await test("nothing but tables and pictures scrolls sideways on a narrow screen", "fleet",
    { viewport: { width: 390, height: 800 } }, async (page) => {
        await press(page, "#unfold");
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width <= 390, `the page is ${width} wide`);
    });

await test("without a script all is there but the filter", "fleet", { javaScriptEnabled: false }, async (page) => {
    expect(!await page.isVisible("#filter"), "the filter");
    expect(await page.isVisible("#findings article.finding h4"), "findings");
    await press(page, "#e1 > summary");
    await page.waitForSelector("#e1 dl", { state: "visible" });
});

await test("paper has all evidence unfolded, and no controls", "fleet", { javaScriptEnabled: false },
    async (page) => {
        expect(!await page.isVisible(".paper"), "on the screen, what is said on paper");
        await page.emulateMedia({ media: "print" });
        expect(!await page.isVisible("nav"), "links");
        expect(await page.isVisible(".matrix") || await page.isVisible(".paper"), "the table, or a word about it");
        expect(await page.isVisible("#e2 dl"), "the facts of evidence");
        expect((await page.pdf({ format: "A4" })).length > 10000, "the PDF");
    });

await test("1,000 pieces of evidence are shown and searched", "many", {}, async (page) => {
    equal(await page.$$eval(".matrix tbody tr", (rows) => rows.length), 1000, "rows");
    equal(await page.$$eval("details.piece", (pieces) => pieces.length), 1000, "pieces");
    await settle(page, () => page.fill("#query", "host0123"));
    equal(await shown(page, "details.piece"), 1, "pieces left");
    await page.fill("#query", "");
    await settle(page, () => page.selectOption("#severity", "error"));
    equal(await shown(page, "details.piece"), 1000, "pieces with errors");
    equal(await shown(page, ".matrix tbody tr"), 1000, "rows with errors");
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    expect(nodes < 400000, `${nodes} elements`);
});

await browser.close();
console.log("end");
