import { serveProvider } from "../shared/main";
import { providerVersion } from "../versions";
import { randomProvider } from "./definition";

serveProvider(randomProvider(providerVersion("random")));
