import assert from "node:assert/strict";
import { drawSystem, illustrated, pictureIn, putPictureIn } from "../support/diagram";

describe("the picture of the system", () => {
  for (const document of illustrated) {
    it(`in ${document} shows what the program registers`, async () => {
      const picture = await drawSystem();
      if (process.env["UPDATE_GOLDEN"] === "1") putPictureIn(document, picture);
      assert.equal(pictureIn(document), picture, `${document} is stale: UPDATE_GOLDEN=1 npm test -- --unit redraws it`);
    });
  }

  it("follows the routes of either kind", async () => {
    const picture = await drawSystem((config) => {
      config["traffic"] = { ...(config["traffic"] as object), kind: "gateway" };
    });
    const proxy = "proxy_Gateway_monitoring_web_service";
    const lines = picture.split("\n").filter((line) => line.includes(proxy));
    assert.deepEqual(
      lines.map((line) => line.trim()),
      [
        `clients([clients]) ==>|metrics.example.com| ${proxy}[Gateway monitoring-web-service<br/>TLS]`,
        `${proxy} ==> service_monitoring_web_service_blue[Service<br/>monitoring-web-service-blue]`,
        `${proxy} -.- service_monitoring_web_service_green[Service<br/>monitoring-web-service-green]`,
        `operators([operators]) -.->|preview.metrics.example.com| ${proxy}_preview[Gateway monitoring-web-service-preview<br/>TLS]`,
        `${proxy}_preview -.-> service_monitoring_web_service_green[Service<br/>monitoring-web-service-green]`,
      ],
    );
  });
});
