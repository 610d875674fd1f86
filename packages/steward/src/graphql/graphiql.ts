// What GraphiQL opens with: examples, and a token where the console has one.

const EXAMPLES = `# The API by example. Put the cursor into one of these and press Ctrl-Enter.
# Requests need a token: on a local start it is among the headers below; otherwise write
# { "authorization": "Bearer ..." } there, with what the command "token" prints.

query HowItStands {
  overview {
    openRuns
    failedRuns
    rate
    lanes { name backlog drainSeconds errorMessage pause { by reason } }
  }
}

query LastRuns {
  runs(first: 5, orderBy: [ID_DESC]) {
    nodes {
      id
      kind
      status
      errorMessage
      progress { done total percent }
      explanation { who text }
    }
  }
}

query Open($statuses: [RunStatus!] = [pending, running, suspended]) {
  runs(condition: { statuses: $statuses }) { nodes { id kind status stages { name succeeded total } } }
}

subscription Live {
  overviewChanged { now openRuns rate }
}
`;

const BEGIN = `<script type="module">
import { React, createRoot, Ruru } from "/ruru-static/ruru.js";
import { withToken } from "/graphiql.js";
createRoot(document.getElementById("ruru-root")).render(React.createElement(Ruru, await withToken(RURU_CONFIG)));
</script>`;

export const graphiqlPreset: GraphileConfig.Preset = {
  ruru: {
    clientConfig: { defaultQuery: EXAMPLES },
    // Without an icon of its own a browser asks for one that is not there.
    htmlParts: { bodyInitScript: () => BEGIN, metaTags: (original) => `${original}<link rel="icon" href="data:," />` },
  },
};
