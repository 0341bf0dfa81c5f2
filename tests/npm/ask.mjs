// Asks questions through the AI SDK, at once and streamed, and prints what it read as JSON: node ask.mjs ADDRESS QUESTION...

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';

const [address, ...questions] = process.argv.slice(2);
const citedIn = (body) => ({ paperchat: { citations: body?.paperchat?.citations ?? [] } });
const library = createOpenAICompatible({
  name: 'paperchat',
  baseURL: `${address}/v1`,
  metadataExtractor: {
    extractMetadata: async ({ parsedBody }) => citedIn(parsedBody),
    createStreamExtractor() {
      let last;
      return {
        processChunk(chunk) {
          if (chunk?.paperchat) last = chunk;
        },
        buildMetadata: () => citedIn(last),
      };
    },
  },
});

const read = [];
for (const prompt of questions) {
  const model = library('paperchat');
  const answer = await generateText({ model, prompt });
  const stream = streamText({ model, prompt });
  let streamed = '';
  for await (const piece of stream.textStream) streamed += piece;
  read.push({
    question: prompt,
    text: answer.text,
    streamed,
    citations: answer.providerMetadata.paperchat.citations,
    streamedCitations: (await stream.providerMetadata).paperchat.citations,
    annotations: answer.response.body.choices[0].message.annotations,
    finish: [answer.finishReason, await stream.finishReason],
  });
}
console.log(JSON.stringify(read));
