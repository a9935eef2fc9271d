/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filter, search and theme. The page says all without them. */
"use strict";
(() => {
    const find = (id) => document.getElementById(id);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const form = find("filter"), query = find("query"), severity = find("severity");
    const status = find("status"), matches = find("matches"), unfold = find("unfold");
    const root = document.documentElement;
    const findings = all("article.finding"), pieces = all("details.piece");
    const rules = all("section.rule"), rows = all(".matrix tbody tr");
    const texts = new Map();

    /* What is searched of an element; read when it is first asked for. */
    const textOf = (element) => {
        if (!texts.has(element)) {
            texts.set(element, element.textContent.toLowerCase());
        }
        return texts.get(element);
    };
    const show = (element, wanted) => {
        if (element.hidden === wanted) {
            element.hidden = !wanted;
        }
        return wanted;
    };
    const holds = (element, words) => words.every((word) => textOf(element).includes(word));

    /* Of each finding the names of the evidence that it is in, as far as its lines go. */
    let hosts;
    const listHosts = () => {
        hosts = new Map(findings.map((finding) => [finding.id, []]));
        for (const piece of pieces) {
            const name = piece.querySelector("h3 bdi").textContent.toLowerCase();
            for (const link of piece.querySelectorAll(".lines a[href^='#f']")) {
                hosts.get(link.hash.slice(1)).push(name);
            }
        }
    };
    const isIn = (finding, words) =>
        hosts.get(finding.id).some((name) => words.every((word) => name.includes(word)));

    /* A finding is found by what it says, by the title of its rule, and by where it is. */
    const filterFindings = (words) => {
        let count = 0;
        for (const rule of rules) {
            const title = rule.querySelector("h3").textContent.toLowerCase();
            const rest = words.filter((word) => !title.includes(word));
            let any = false;
            for (const finding of rule.querySelectorAll("article.finding")) {
                const missing = rest.filter((word) => !textOf(finding).includes(word));
                const wanted = (!severity.value || finding.classList.contains(severity.value)) &&
                    (!missing.length || isIn(finding, missing));
                any = show(finding, wanted) || any;
                count += wanted;
            }
            show(rule, any || (!words.length && !severity.value));
        }
        return count;
    };
    const filterPieces = (words) => {
        /* Later pieces of many count their findings and do not list them. */
        const ofSeverity = `.${severity.value}:is(tr, .count:not(.nil))`;
        let count = 0;
        pieces.forEach((piece, i) => {
            const wanted = (!status.value || piece.dataset.status === status.value) &&
                (!severity.value || piece.querySelector(ofSeverity)) &&
                holds(piece, words);
            show(piece, Boolean(wanted));
            if (rows[i]) {
                show(rows[i], Boolean(wanted));
            }
            count += Boolean(wanted);
        });
        return count;
    };
    const filter = () => {
        const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
        if (words.length && !hosts) {
            listHosts();
        }
        const nfindings = filterFindings(words), npieces = filterPieces(words);
        matches.textContent = `${nfindings} of ${findings.length} different findings, ` +
            `${npieces} of ${pieces.length} pieces of evidence`;
    };

    const setOpen = (open) => {
        for (const piece of pieces) {
            piece.open = open;
        }
    };
    /* What a link leads to is unfolded, and shown. */
    const reveal = () => {
        const target = location.hash && find(decodeURIComponent(location.hash.slice(1)));
        if (target && target.matches("details")) {
            target.open = true;
        }
        if (target && target.closest("[hidden]")) {
            form.reset();
            filter();
            target.scrollIntoView();
        }
    };
    /* What scrolls sideways is reached by the keyboard. */
    const markScrollers = () => {
        for (const scroller of all(".scroll")) {
            if (scroller.scrollWidth > scroller.clientWidth) {
                scroller.tabIndex = 0;
            } else {
                scroller.removeAttribute("tabindex");
            }
        }
    };

    let timer = 0;
    form.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(filter, 100);
    });
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        filter();
    });
    unfold.addEventListener("click", () => {
        const open = unfold.getAttribute("aria-pressed") !== "true";
        unfold.setAttribute("aria-pressed", String(open));
        setOpen(open);
    });
    find("theme").addEventListener("click", () => {
        const dark = root.dataset.theme ? root.dataset.theme === "dark" :
            matchMedia("(prefers-color-scheme: dark)").matches;
        root.dataset.theme = dark ? "light" : "dark";
    });
    addEventListener("hashchange", reveal);
    addEventListener("beforeprint", () => {
        for (const folded of all("details")) {
            folded.open = true;
        }
    });
    form.hidden = false;
    if (pieces.length === 1) {
        pieces[0].open = true;
    }
    filter();
    reveal();
})();
