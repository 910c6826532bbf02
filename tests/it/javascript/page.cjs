// The page in a real browser: click paths of an administrator's tasks, with a script and without, at three widths, light and
// dark; every view is looked over by axe, and a violation of the content security policy fails.
//
//   node page.cjs <address of the function app> <what to do> <folder for pictures, or -> <facts as JSON>
const { chromium } = require("playwright-core");
const fs = require("node:fs");
const path = require("node:path");

const [base, what, pictures, facts] = process.argv.slice(2);
const known = JSON.parse(facts);
const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [320, 768, 1440];
const complaints = [];

const address = (view, query = {}) => {
  const pairs = new URLSearchParams(query).toString();
  return `${base}/api/ui${view ? `/${view}` : ""}${pairs ? `?${pairs}` : ""}`;
};

const views = () => ({
  overview: address(""),
  coverage: address("coverage"),
  resources: address("resources"),
  unprotected: address("resources", { state: "unprotected" }),
  resource: address("resource", { id: known.disk }),
  failures: address("failures"),
  jobs: address("jobs"),
  operations: address("operations"),
  approvals: address("approvals"),
  rules: address("rules"),
  vaults: address("vaults"),
  holds: address("holds"),
  search: address("search", { q: "nothing-of-this-name" }),
  restore: address("act", { kind: "restore", resource: known.disk }),
  stop: address("act", { kind: "stop", resource: known.disk }),
});

const start = () =>
  chromium.launch({
    executablePath: process.env.HOLDFAST_CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });

/** A browser of somebody, whose every complaint counts. */
const visitor = async (browser, options = {}) => {
  const { width = 1440, scheme = "light", script = true } = options;
  const context = await browser.newContext({
    viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: script, deviceScaleFactor: 1,
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    const text = message.text();
    // A picture that is asked for before anybody has signed in is no fault of the page.
    if (/content security policy|refused to/i.test(text)) complaints.push(`${page.url()}: ${text}`);
  });
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error}`));
  page.on("dialog", (dialog) => { complaints.push(`${page.url()}: a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) complaints.push(`${page.url()}: asks for ${request.url()}`);
  });
  return page;
};

const signIn = async (page, key, wanted = "") => {
  await page.goto(address(wanted));
  await page.getByLabel("Your key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Views" }).waitFor();
  if (page.url().includes(key)) complaints.push(`the key is in an address: ${page.url()}`);
};

const must = (is, text) => { if (!is) complaints.push(text); };

const text = async (page) => (await page.locator("main").innerText()).replace(/\s+/g, " ");

/** What a page says that a click leads to: the click itself does not wait for that page. */
const told = async (page, said, otherwise) => {
  for (let n = 0; n < 100; n += 1) {
    const now = await text(page);
    if (said.every((one) => (one instanceof RegExp ? one.test(now) : now.includes(one)))) return;
    await page.waitForTimeout(100);
  }
  complaints.push(`${otherwise}: ${page.url()}: ${(await text(page)).slice(0, 600)}`);
};

/** Whether anything is wider than the window. */
const fits = async (page, name) => {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  must(over <= 0, `${name}: ${over} px wider than the window`);
};

/** What axe finds. */
const lookOver = async (page, name) => {
  // Axe is put in by the debugger, which the policy of the page does not hold back.
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] });
    return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
  });
  found.forEach((one) => complaints.push(`${name}: ${one}`));
  await fits(page, name);
};

/** Every view at every width in both schemes. */
const everyView = async (browser) => {
  let looked = 0;
  for (const scheme of ["light", "dark"]) {
    for (const width of WIDTHS) {
      const page = await visitor(browser, { width, scheme });
      await page.goto(address("sign-in"));
      await lookOver(page, `sign-in ${width} ${scheme}`);
      await signIn(page, "alice");
      for (const [name, url] of Object.entries(views())) {
        const answer = await page.goto(url);
        must(answer.status() === 200, `${name}: status ${answer.status()}`);
        must((answer.headers()["content-security-policy"] || "").includes("default-src 'none'"), `${name}: no policy`);
        // Colours differ by scheme and order by width: what axe looks for differs by nothing else.
        const isTold = width === 1440 || (width === 320 && scheme === "light");
        await (isTold ? lookOver : fits)(page, `${name} ${width} ${scheme}`);
        looked += 1;
        const isShown = name === "overview" ? width === 1440 || (width === 320 && scheme === "light")
          : width === 1440 && scheme === "light" && !["unprotected", "holds", "search"].includes(name);
        if (pictures !== "-" && isShown) {
          await page.screenshot({ path: path.join(pictures, `${name}-${width}-${scheme}.png`), fullPage: name === "overview" && width === 1440 });
        }
      }
      await page.context().close();
    }
  }
  console.log(`views: ${looked}`);
};

/** The tasks of an administrator, each counted in clicks. */
const tasks = async (browser, script) => {
  const page = await visitor(browser, { script });
  await signIn(page, "alice");
  const clicks = {};
  const count = async (task, name, role = "link") => {
    clicks[task] = (clicks[task] || 0) + 1;
    await page.getByRole(role, { name }).first().click();
  };
  const goHome = () => page.goto(address(""));

  // Five tasks begin at the overview; docs/page.md says how many clicks each takes. Why is X not protected?
  await goHome();
  await page.getByRole("searchbox").fill(known.unprotectedName);
  await count("why is it not protected", "Find", "button");
  await told(page, [/What the rules say/, known.unprotectedWhy], "the story of a resource does not say what the rules say, and why");

  // What failed tonight?
  await goHome();
  await count("what failed tonight", "Failures");
  await told(page, [/By cause/], "no causes");

  // Back up now, by its plan.
  await page.goto(address("resource", { id: known.disk }));
  await count("back up", "Back up now…");
  await page.getByLabel("Why").fill("before the upgrade");
  await count("back up", "Show the plan", "button");
  await page.getByRole("button", { name: "Do it: backup" }).waitFor();
  await told(page, [/Nothing has been changed/], "a plan that does not say that nothing was changed");
  await count("back up", "Do it: backup", "button");
  await told(page, [/backup of/, /holder of key alice/], "who asked is not said");
  must(!page.url().includes("alice"), "a key in an address");
  for (let n = 0; n < 120 && !/It is done/.test(await text(page)); n += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  must(/It is done/.test(await text(page)), `the backup does not end: ${(await text(page)).slice(0, 400)}`);

  // Restore Y to a moment: the plan and its validation come before anything is done.
  await goHome();
  await page.getByRole("searchbox").fill(known.disk);
  await count("restore to yesterday noon", "Find", "button");
  await count("restore to yesterday noon", "Restore…");
  await page.getByLabel("Resource group").fill(known.group);
  await page.getByLabel("Name", { exact: true }).fill("disk-restored");
  await count("restore to yesterday noon", "Show the plan", "button");
  // Azure checks it first.
  const doIt = page.getByRole("button", { name: /^Do it: restore/ });
  for (let n = 0; n < 120 && (await doIt.count()) === 0; n += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  must((await doIt.count()) === 1, `a plan of a restore that nobody can carry out: ${(await text(page)).slice(0, 600)}`);
  clicks["restore to yesterday noon"] += 1;
  await told(page, [/Plan: restore of/, /The plan/], "no plan of a restore with its steps");

  // Stop, which a second person has to agree to.
  await page.goto(address("resource", { id: known.disk }));
  await count("stop", "Stop…");
  await page.getByLabel("Why").fill("moved away");
  await count("stop", "Show the plan", "button");
  await count("stop", /^Do it: stop/, "button");
  await told(page, [/A second person has to agree/], "nobody has to agree");
  must((await page.getByRole("button", { name: "Approve" }).count()) === 0, "who asked may approve");

  // Who may approve Z?
  await goHome();
  await count("who may approve", "Approvals");
  await page.getByRole("link", { name: "stop-and-retain" }).first().click();
  clicks["who may approve"] += 1;
  await told(page, [/Has to agree/], "it is not said who has to agree");
  const waiting = page.url();

  // A reader sees no button.
  const reader = await visitor(browser, { script });
  await signIn(reader, "carol");
  for (const url of [waiting, address("resource", { id: known.disk }), address("approvals"), address("")]) {
    await reader.goto(url);
    const buttons = await reader.locator("main button, main a[href*='/act']").count();
    must(buttons === 0, `a reader sees ${buttons} buttons at ${url}`);
  }
  const refused = await reader.goto(address("act", { kind: "restore", resource: known.disk }));
  must(refused.status() === 403, `a reader may open the form of a restore: ${refused.status()}`);
  await reader.context().close();

  // The second person.
  const second = await visitor(browser, { script });
  await signIn(second, "bob");
  await second.goto(waiting);
  await second.getByLabel("Why").first().fill("seen with alice");
  await second.getByRole("button", { name: "Approve" }).click();
  await told(second, [/holder of key bob agreed/], "who agreed is not said");
  await second.context().close();

  // What would rule set 7 change?
  await goHome();
  await count("what would a rule set change", "Rules");
  await told(page, [/holdfast diff/], "the rules do not say how a rule set is compared");

  // A list has an address of its own, and goes out as CSV.
  await page.goto(address("resources", { state: "protected" }));
  const rows = await page.locator("tbody tr").count();
  must(rows > 0, "no protected resource is listed");
  const csv = await page.request.get(address("resources.csv", { state: "protected" }));
  must((await csv.text()).trim().split("\r\n").length === rows + 1, "CSV and list differ");

  // Signing out.
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Your key").waitFor();
  await page.goto(address("resources"));
  must(page.url().includes("/sign-in"), "still signed in");
  await page.context().close();
  console.log(`tasks${script ? "" : " without a script"}: ${JSON.stringify(clicks)}`);
};

/** Forms of other sites, and keys that nobody knows. */
const safety = async (browser) => {
  const page = await visitor(browser);
  await page.goto(address(""));
  await page.getByLabel("Your key").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await told(page, [/no person is known by this key/], "a wrong key is not called that");
  await signIn(page, "alice");
  const cookies = await page.context().cookies();
  for (const cookie of cookies) must(cookie.httpOnly && cookie.sameSite === "Strict", `a cookie that can leak: ${cookie.name}`);
  const send = (headers, form) => page.request.post(address("act"), { headers, form, maxRedirects: 0 });
  const form = { kind: "backup", resource: known.disk, token: "0".repeat(64) };
  const origin = new URL(base).origin;
  must((await send({ origin, "sec-fetch-site": "same-origin" }, form)).status() === 403, "a form without its token is taken");
  must((await send({ origin: "https://evil.example", "sec-fetch-site": "cross-site" }, form)).status() === 403, "a foreign form is taken");
  must((await send({}, form)).status() === 403, "a form from nowhere is taken");
  await page.context().close();
  console.log("safety: 3");
};

/** Hostile names in every view. */
const hostile = async (browser) => {
  const page = await visitor(browser);
  await signIn(page, "alice");
  for (const [name, url] of Object.entries(views())) {
    await page.goto(url);
    const made = await page.evaluate(() => window.holdfastWasHere === true || document.querySelector("main script, main img, main iframe") !== null);
    must(!made, `${name}: a name became an element`);
    await lookOver(page, `${name}, hostile`);
  }
  await page.goto(address("search", { q: "<script>window.holdfastWasHere=true</script>" }));
  await page.goto(address("resources", { name: "\u202egnp.<img src=x onerror=alert(1)>" }));
  must((await page.locator("main img").count()) === 0, "a filter became an element");
  await page.context().close();
  console.log("hostile: 1");
};

(async () => {
  const browser = await start();
  try {
    if (what === "tasks") {
      await tasks(browser, known.script !== false);
      await safety(browser);
    } else if (what === "hostile") {
      await hostile(browser);
    } else {
      await everyView(browser);
    }
  } catch (error) {
    complaints.push(String(error.stack || error));
  }
  await browser.close();
  complaints.forEach((one) => console.error(one));
  process.exitCode = complaints.length === 0 ? 0 : 1;
})();
