import assert from "node:assert/strict";
import { ExitCode, UserError } from "../../../local/errors";
import { toManifests } from "../../../local/render/manifests";
import { judge, refuseFindings, type Finding } from "../../../local/render/referees";
import { findingsOfCheckov, type CheckovReport } from "../../../local/render/referees/checkov";
import { findingsOfKubeScore } from "../../../local/render/referees/kube-score";
import { type Skip, skips } from "../../../local/render/referees/skips";
import { describeVerdict } from "../../../local/render/report";

const manifests = toManifests([
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels: { tier: "front" } },
  },
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
]);
const [namespace, deployment] = manifests;
assert(namespace !== undefined && deployment !== undefined);
const judged = { stack: "local", folder: "/render", manifests };

const finding: Finding = { referee: "checkov", check: "CKV_1", says: "is bad", stack: "local", object: deployment };
const skip = (on: Skip["on"]): Skip => ({ referee: "checkov", check: "CKV_1", on, reason: "it has to be" });

describe("the findings of kube-score", () => {
  const scored = (grade: number, skipped = false) => [
    {
      type_meta: { apiVersion: "apps/v1", kind: "Deployment" },
      object_meta: { name: "web", namespace: "shop" },
      checks: [
        {
          check: { id: "pod-probes", name: "Pod Probes" },
          grade,
          skipped,
          comments: [
            { path: "web", summary: "none is set" },
            { path: "", summary: "at all" },
          ],
        },
      ],
    },
  ];

  it("are what is critical or a warning", () => {
    for (const grade of [1, 5]) {
      assert.deepEqual(findingsOfKubeScore(scored(grade), judged), [
        {
          referee: "kube-score",
          check: "pod-probes",
          says: "web: none is set; at all",
          stack: "local",
          object: deployment,
        },
      ]);
    }
  });

  it("are not what is fine, or what it says does not apply", () => {
    for (const fine of [scored(7), scored(10), scored(1, true)]) {
      assert.deepEqual(findingsOfKubeScore(fine, judged), []);
    }
  });
});

describe("the findings of checkov", () => {
  const check = { check_id: "CKV_1", check_name: "is bad", file_abs_path: "/render/shop/deployment-web.yaml" };
  const report = (results: CheckovReport["results"], resources = 2): CheckovReport => ({
    check_type: "kubernetes",
    results,
    summary: { resource_count: resources },
  });

  it("are what failed, by the file it stands in", () => {
    assert.deepEqual(findingsOfCheckov([report({ failed_checks: [check] })], judged), [finding]);
  });

  it("are also what an object excuses itself from", () => {
    const [excused] = findingsOfCheckov([report({ skipped_checks: [check] })], judged);
    assert.equal(excused?.says, "an annotation of the object skips it: is bad");
  });

  it("are not believed when it has read nothing, or not everything", () => {
    assert.throws(() => findingsOfCheckov([report({}, 0)], judged), /found no Kubernetes object/);
    assert.throws(() => findingsOfCheckov([report({ parsing_errors: ["a.yaml"] })], judged), /could not read a\.yaml/);
  });
});

describe("a skip", () => {
  const verdict = (on: Skip["on"], complete = true) => judge({ findings: [finding], absent: [] }, complete, [skip(on)]);

  it("excuses the objects that it names, and no others", () => {
    for (const on of [
      {},
      { kind: "Deployment" },
      { names: ["web"] },
      { labels: { tier: "front" } },
      { stack: "local" },
    ]) {
      assert.deepEqual(verdict(on).failed, [], JSON.stringify(on));
    }
    for (const on of [{ kind: "Job" }, { names: ["db"] }, { labels: { tier: "back" } }, { stack: "production" }]) {
      assert.deepEqual(verdict(on).failed, [finding], JSON.stringify(on));
    }
  });

  it("that excuses nothing is stale, once all stacks were judged by all", () => {
    assert.equal(verdict({ kind: "Job" }).stale.length, 1);
    assert.equal(verdict({ kind: "Job" }, false).stale.length, 0);
    const absent = [new UserError("checkov did not run", "install Python", ExitCode.refused)];
    assert.equal(judge({ findings: [], absent }, true, [skip({})]).stale.length, 0);
  });

  it("is printed with its objects and its reason", () => {
    assert.deepEqual(describeVerdict(verdict({})), [
      "skipped checkov CKV_1: local: Deployment shop/web",
      "        because it has to be",
      "0 failed, 1 skipped for 1 reason",
    ]);
  });

  it("says why, in the table", () => {
    for (const { check, reason } of skips) assert.ok(reason.length > 40, check);
  });
});

describe("the judgement of a render", () => {
  const refusal = (...verdict: Parameters<typeof judge>) => {
    try {
      refuseFindings(judge(...verdict), "npm run render --");
      return undefined;
    } catch (error) {
      assert(error instanceof UserError);
      return error.exitCode;
    }
  };
  const absent = [new UserError("checkov did not run", "install Python", ExitCode.refused)];

  it("fails for a finding and for a stale skip, and is refused when a referee could not run", () => {
    assert.equal(refusal({ findings: [], absent: [] }, true, []), undefined);
    assert.equal(refusal({ findings: [finding], absent: [] }, true, []), ExitCode.failed);
    assert.equal(refusal({ findings: [], absent: [] }, true, [skip({})]), ExitCode.failed);
    assert.equal(refusal({ findings: [], absent }, true, []), ExitCode.refused);
    assert.equal(refusal({ findings: [finding], absent }, true, []), ExitCode.failed);
  });
});
