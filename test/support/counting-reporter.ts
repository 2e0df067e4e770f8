import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/** Mocha's own report, and the counts as a file for `npm test`, which prints them last. A failed hook counts as a failure. */
class CountingReporter extends Mocha.reporters.Spec {
  override done(failures: number, fn?: (failures: number) => void): void {
    const file = process.env["TEST_COUNTS"];
    const counts = { passed: this.stats.passes, failed: this.stats.failures };
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
    fn?.(failures);
  }
}

export = CountingReporter;
