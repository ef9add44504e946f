import { fetchModel } from '../../../checkpoint/hub_fetch.ts';
import { hubEndpoint, hubToken } from '../../../checkpoint/hub_token.ts';
import { command } from '../command.ts';
import { text, value } from '../options.ts';
import { bytesText } from '../text_table.ts';

export const fetchCommand = command({
  name: 'fetch',
  summary: 'Download a model from the Hugging Face hub: checked, and gone on with where it stopped.',
  usage: 'headscope fetch ORG/NAME [--revision R] [--to DIR] [--json]',
  details: [
    'Configuration, tokenizer, chat templates and safetensors weights, nothing else; each file has to have the hash the hub lists.',
    'Without --to they go where Hugging Face’s own tools keep theirs (HF_HUB_CACHE, HF_HOME/hub, ~/.cache/huggingface/hub), and every',
    'command then takes --model ORG/NAME. The token for private and gated models comes from HF_TOKEN, HUGGING_FACE_HUB_TOKEN,',
    'HF_TOKEN_PATH or HF_HOME/token; HF_ENDPOINT names another hub.',
  ].join('\n'),
  options: {
    revision: value('R', 'a branch, tag or commit (default main)', text),
    to: value('DIR', 'put plain files here instead of into the cache', text),
  },
  positionals: ['ORG/NAME'],
  run: async ({ values, positionals, signal, progress, say }) => {
    const repository = positionals[0] ?? '';
    const fetched = await fetchModel({
      repository,
      endpoint: hubEndpoint(),
      token: hubToken(),
      signal,
      ...(values.revision === undefined ? {} : { revision: values.revision }),
      ...(values.to === undefined ? {} : { to: values.to }),
      onProgress: (done, total, path) =>
        progress.show('fetch', { done, total, unit: 'bytes', note: `${bytesText(done)} of ${bytesText(total)}, ${path}` }),
    });
    progress.clear();
    say(
      `${repository} at ${fetched.commit}: ${fetched.files.length} files, ${bytesText(fetched.totalBytes)} (${bytesText(fetched.receivedBytes)} now)`,
    );
    say(`  ${fetched.folder}`);
    return { repository, ...fetched };
  },
});
