// Opens a profile in the real speedscope application, and says what it shows.
//
//   node browse_speedscope.mjs PROFILE [--browser PATH] [--modules DIR]
//
// Needs the packages puppeteer-core and speedscope in DIR, and Chromium. The profile reaches the page as it
// does from speedscope's own command: in a script beside the page's address. Prints one JSON object;
// `failures` lists what must not be, and the exit status is 1 if it has anything.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const words = process.argv.slice(2);
function option(name, otherwise) {
  const at = words.indexOf(name);
  return at < 0 ? otherwise : words.splice(at, 2)[1];
}
const browserPath = option("--browser", "/usr/bin/chromium");
const modules = option("--modules", "node_modules");
const [profile] = words;
if (!profile) {
  console.error("usage: node browse_speedscope.mjs PROFILE [--browser PATH] [--modules DIR]");
  process.exit(2);
}
const packages = createRequire(join(resolve(modules), "package.json"));
const loaded = await import(pathToFileURL(packages.resolve("puppeteer-core")));
const puppeteer = loaded.default ?? loaded;
const application = join(dirname(packages.resolve("speedscope/package.json")), "dist/release/index.html");

const found = { profile: basename(profile), title: "", shown: "", profiles: 0, failures: [] };
const fail = (text) => found.failures.push(text);
const folder = mkdtempSync(join(tmpdir(), "speedscope-"));
const script = join(folder, "profile.js");
const content = JSON.stringify(readFileSync(profile).toString("base64"));
writeFileSync(script, `speedscope.loadFileFromBase64(${JSON.stringify(basename(profile))}, ${content})`);

const browser = await puppeteer.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--allow-file-access-from-files", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  page.on("pageerror", (error) => fail(`script: ${String(error.stack ?? error).slice(0, 400)}`));
  page.on("console", (message) => {
    if (message.type() === "error") fail(`console: ${message.text().slice(0, 300)}`);
  });
  page.on("dialog", (dialog) => {
    fail(`opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(`${pathToFileURL(application).href}#localProfilePath=${script}`, { waitUntil: "load" });
  const text = () => page.evaluate(() => document.body.innerText);
  const isShown = (all) => /Time Order/.test(all) && !/Loading/i.test(all);
  const ends = Date.now() + 30_000;
  for (found.shown = await text(); !isShown(found.shown) && Date.now() < ends; found.shown = await text()) {
    await new Promise((done) => setTimeout(done, 100));
  }
  if (!isShown(found.shown)) fail("the profile is not shown");
  if (/went wrong|error|failed/i.test(found.shown)) fail(`says: ${found.shown.slice(0, 400)}`);
  found.title = await page.title();
  found.profiles = Number(/\((\d+\/\d+)\)/.exec(found.shown)?.[1].split("/")[1] ?? 1);
  // The sandwich view lists every frame by its name.
  await page.keyboard.press("3");
  await new Promise((done) => setTimeout(done, 500));
  found.frames = await page.evaluate(() => document.body.innerText);
} catch (error) {
  fail(String(error.stack ?? error).slice(0, 400));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
console.log(JSON.stringify(found));
process.exit(found.failures.length === 0 ? 0 : 1);
