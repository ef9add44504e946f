// A new run: a model, a prompt, what it will take. A run that cannot fit is refused here, with the numbers, before it starts.
import { useId, useState } from 'react';
import { useStore } from 'zustand';
import { host } from '../host/current.ts';
import { connectionStore } from '../state/connection.ts';
import { libraryStore } from '../state/library.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { byteCount, wholeNumber } from '../ui/numbers.ts';
import { Select, type SelectOption } from '../ui/Select.tsx';
import { closeLibraryDialog, keepUnusedPrompt, type NewRunDraft, refuse } from './library_dialogs.ts';
import { PROMPT_FILES } from './open_files.ts';
import { examplePrompt, startRun } from './open_run.ts';
import { PromptText } from './PromptText.tsx';
import { type RunPlan, useRunPlan } from './use_run_plan.ts';

const OWN = 'own text';

export function NewRunDialog({ draft }: { draft: NewRunDraft }) {
  const models = useStore(libraryStore, (state) => state.models);
  const prompts = useStore(libraryStore, (state) => state.prompts);
  const status = useStore(connectionStore, (state) => state.status);
  const [model, setModel] = useState(draft.model ?? models.find(({ hub }) => !hub?.problem)?.id ?? null);
  const [modelName, setModelName] = useState(draft.modelName);
  const [prompt, setPrompt] = useState<{ name: string; text: string }>(() => {
    const first = draft.prompt ?? examplePrompt(prompts);
    return { name: first?.name ?? 'prompt', text: first?.text ?? '' };
  });
  const listedPrompt = prompts.find(({ name, text }) => name === prompt.name && text === prompt.text);
  const plan = useRunPlan(model, prompt.text);
  const hint = useId();

  const modelOptions: SelectOption<string>[] = models.map(({ id, name, path, bundled, hub }) => ({
    value: id,
    text: name,
    note: hub ? byteCount(hub.bytes) : bundled ? 'bundled' : (path ?? ''),
    ...(hub ? { group: 'Hugging Face cache', disabledBecause: hub.problem ?? undefined } : {}),
  }));
  if (model !== null && !models.some(({ id }) => id === model))
    modelOptions.unshift({ value: model, text: modelName ?? model, note: 'folder' });
  const nameOfModel = modelOptions.find(({ value }) => value === model)?.text ?? model ?? '';

  const chooseModel = async () => {
    const folder = await host().openFolder('Open a model folder');
    if (!folder) return;
    setModel(folder.path);
    setModelName(folder.name);
  };
  const choosePrompt = async () => {
    try {
      const opened = await host().openFile(PROMPT_FILES);
      if (opened) setPrompt({ name: opened.name.replace(/\.(txt|md)$/i, ''), text: opened.text });
    } catch (thrown) {
      refuse('Prompt not opened', 'Prompt file', thrown);
    }
  };
  const close = () => {
    keepUnusedPrompt(listedPrompt || prompt.text.trim() === '' ? null : prompt);
    closeLibraryDialog();
  };
  const start = () => {
    if (model === null) return;
    keepUnusedPrompt(null);
    void startRun({ model, modelName: nameOfModel, prompt });
    closeLibraryDialog();
  };

  return (
    <Dialog
      title="New run"
      icon="run"
      wide
      onClose={close}
      actions={
        <>
          <Button look="ghost" onClick={close}>
            Cancel
          </Button>
          <Button look="primary" onClick={start} disabledBecause={whyNot(status === 'ready', model, prompt.text, plan)}>
            Start run
          </Button>
        </>
      }
    >
      <div className="lib-form">
        <span className="lib-label">Model</span>
        <div className="lib-line">
          {modelOptions.length > 0 ? (
            <Select label="Model" boxed options={modelOptions} value={model} onChange={setModel} />
          ) : (
            <span className="t3">This host lists no models.</span>
          )}
          {host().sharesFiles && (
            <Button small icon="folder" onClick={() => void chooseModel()}>
              Open folder
            </Button>
          )}
        </div>
        <span className="lib-label">Prompt</span>
        <div className="lib-line">
          <Select
            label="Prompt"
            boxed
            options={[
              ...prompts
                .filter(({ text }) => text !== null)
                .map(({ id, name, tokensHint }) => ({ value: id, text: name, note: `≈ ${wholeNumber(tokensHint)} tokens` })),
              ...(listedPrompt ? [] : [{ value: OWN, text: prompt.name, note: 'your text' }]),
            ]}
            value={listedPrompt?.id ?? OWN}
            onChange={(id) => {
              const chosen = prompts.find((other) => other.id === id);
              if (chosen?.text) setPrompt({ name: chosen.name, text: chosen.text });
            }}
          />
          <Button small icon="file" onClick={() => void choosePrompt()}>
            Open file
          </Button>
        </div>
        <span className="lib-label">Text</span>
        <PromptText
          text={prompt.text}
          describedBy={hint}
          onChange={(text) => setPrompt({ name: listedPrompt ? 'own prompt' : prompt.name, text })}
        />
      </div>
      <div id={hint} className="lib-plan" aria-live="polite">
        <PlanText plan={plan} empty={prompt.text.trim() === ''} chars={prompt.text.length} ready={status === 'ready'} />
      </div>
    </Dialog>
  );
}

function whyNot(ready: boolean, model: string | null, text: string, { plan, error }: RunPlan): string | undefined {
  if (!ready) return 'The engine is not connected.';
  if (model === null) return 'Choose a model.';
  if (text.trim() === '') return 'The prompt is empty.';
  if (error !== null) return error;
  if (plan && !plan.fits) return plan.sentence;
  return undefined;
}

function PlanText({ plan, empty, chars, ready }: { plan: RunPlan; empty: boolean; chars: number; ready: boolean }) {
  if (empty) return <p className="t3">The prompt is empty.</p>;
  if (plan.error !== null) {
    return (
      <p className="c-danger lib-refused">
        <Icon name="warning" />
        {plan.error}
      </p>
    );
  }
  if (plan.tokens === null) {
    return (
      <p className="t3">
        ≈ {wholeNumber(Math.ceil(chars / 4))} tokens, {ready ? 'counting' : 'counted once the engine is connected'}
      </p>
    );
  }
  const { plan: memory, model, tokens, exact } = plan;
  const estimated = exact ? '' : ' The count is estimated from the first part of the text.';
  if (!memory) {
    return (
      <p className="t2">
        {wholeNumber(tokens)} tokens.{estimated} Memory and time follow when the engine is free.
      </p>
    );
  }
  return (
    <>
      <p className={memory.fits ? 't2' : 'c-danger lib-refused'}>
        {!memory.fits && <Icon name="warning" />}
        {memory.sentence}
        {estimated}
      </p>
      {memory.details.map((detail) => (
        <p key={detail} className="t2">
          {detail}
        </p>
      ))}
      {model && tokens > model.contextLength && (
        <p className="c-warn">
          Longer than the {wholeNumber(model.contextLength)} tokens {model.name} was made for.
        </p>
      )}
      {memory.places.length > 0 && (
        <dl className="lib-places">
          {memory.places.map(({ name, bytes }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{byteCount(bytes)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}
