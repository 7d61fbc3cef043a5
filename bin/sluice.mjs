#!/usr/bin/env node
// Plain JavaScript: an older Node must get this sentence, not a syntax error.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(`sluice needs Node 24 or later; this is ${process.version}. In a clone, "npm start" and "npx sluice" bring the right one.`);
  process.exit(2);
}
await import('../src/cli/main.ts');
