// Builds ../echarts.js from entry.js, byte for byte the same each time: `node build.mjs`.
//
// `--check` writes nothing and fails if the file differs. `--modules DIR` says where the packages
// are, if not in node_modules beside this file.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "echarts.js");
const words = process.argv.slice(2);
const at = words.indexOf("--modules");
const modules = at < 0 ? join(here, "node_modules") : resolve(words[at + 1]);

function fail(text) {
  console.error(text);
  process.exit(1);
}

// Another version gives other bytes, and perhaps another licence.
const wanted = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
for (const [name, version] of Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })) {
  const found = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
  if (found !== version) fail(`${name} is ${found}, wanted ${version}`);
}

// The bytes are made to be read by browsers only; whoever holds a report learns from these lines
// whose work is in it. The texts of the licences are in this folder.
const banner = `/*! The charts of this page are drawn by parts of:
Apache ECharts ${wanted.dependencies.echarts}, Copyright 2017-2024 The Apache Software Foundation, Apache License 2.0.
This product includes software developed at The Apache Software Foundation.
ZRender ${wanted.dependencies.zrender}, Copyright (c) 2017 Baidu Inc., BSD 3-Clause License.
d3.js (parts within ECharts), Copyright 2010-2016 Mike Bostock, BSD 3-Clause License.
tslib ${wanted.dependencies.tslib}, Copyright (c) Microsoft Corporation, 0BSD.
The BSD 3-Clause License:
${licenceOf("zrender", "LICENSE", "Redistribution and use")}
*/`;

// The conditions of the BSD licence, which ask to go along with every copy.
function licenceOf(name, file, start) {
  const text = readFileSync(join(modules, name, file), "utf8");
  const from = text.indexOf(start);
  if (from < 0 || text.includes("*/")) fail(`${name}: its licence does not look as before`);
  return text.slice(from).replace(/[ \t]+$/gm, "").trim();
}

const { build } = await import(createRequire(join(modules, "x.js")).resolve("esbuild"));
const result = await build({
  entryPoints: [join(here, "entry.js")],
  nodePaths: [modules],
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "echarts",
  target: "es2020",
  charset: "ascii",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  banner: { js: banner },
  logLevel: "warning",
  write: false,
});
const text = result.outputFiles[0].text;

// The page's policy forbids the first two, and its markup would end at the third.
for (const mark of ["eval(", "new Function", "</script", "<!--"]) {
  if (text.includes(mark)) fail(`the bundle has ${mark}`);
}
if (words.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) fail("echarts.js is not what this recipe builds");
  console.log("echarts.js is what this recipe builds");
} else {
  writeFileSync(target, text);
  console.log(`echarts.js: ${text.length} bytes`);
}
