import { ExitCode, UserError } from "../errors";
import { stateFolder } from "../state";
import { diagnose } from "../toolchain/doctor/checks";
import { probe } from "../toolchain/doctor/probe";
import { runCommand } from "./run-command";

/** Says within two seconds what would fail later on this machine, each with its fix. */
runCommand(async (args) => {
  const unknown = args.find((argument) => argument !== "--json");
  if (unknown !== undefined) {
    throw new UserError(
      `doctor does not know ${unknown}`,
      "use: npm run doctor, or npm run -s doctor -- --json",
      ExitCode.usage,
    );
  }
  const findings = diagnose(await probe(stateFolder(), process.env));
  const failing = findings.filter((finding) => finding.why !== undefined);
  if (args.includes("--json")) {
    console.log(JSON.stringify({ ok: failing.length === 0, findings }, undefined, 2));
  } else {
    for (const { name, what, why, fix } of findings) {
      console.log(`${why === undefined ? "ok     " : "PROBLEM"} ${name}: ${what}`);
      if (why !== undefined) console.log(`        why: ${why}\n        fix: ${fix ?? ""}`);
    }
    console.log(
      failing.length === 0 ? "Nothing stands in the way: npm start" : `${failing.length} to fix before npm start`,
    );
  }
  return failing.length === 0 ? ExitCode.done : ExitCode.refused;
});
