import { useStore } from 'zustand';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Kbd, keysText } from '../ui/Kbd.tsx';
import { COMMAND_GROUPS, commandsStore } from './command_registry.ts';
import { LOCAL_KEYS } from './local_keys.ts';

/** Every command that has a key, from the registry itself, and the keys of lists and sliders. */
export function KeySheet({ onClose }: { onClose: () => void }) {
  const commands = useStore(commandsStore, (state) => state.commands);
  const groups = COMMAND_GROUPS.map((group) => ({ group, own: commands.filter((command) => command.group === group && command.keys) }));
  return (
    <Dialog
      title="Keyboard shortcuts"
      wide
      onClose={onClose}
      actions={
        <Button onClick={onClose} data-autofocus>
          Close
        </Button>
      }
    >
      <div className="key-sheet">
        {groups
          .filter(({ own }) => own.length > 0)
          .map(({ group, own }) => (
            <div key={group} className="keys-of">
              <h3>{group}</h3>
              <dl>
                {own.map((command) => (
                  <div key={command.id}>
                    <dt>{command.title}</dt>
                    <dd>
                      {command.keys?.slice(0, 2).map((keys) => (
                        <span key={keys}>
                          <Kbd keys={keys} />
                          <span className="visually-hidden">{keysText(keys)}</span>
                        </span>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </div>
          ))}
        {LOCAL_KEYS.map(({ where, keys }) => (
          <div key={where} className="keys-of">
            <h3>{where}</h3>
            <dl>
              {keys.map(({ keys: own, does }) => (
                <div key={does}>
                  <dt>{does}</dt>
                  <dd>
                    {own.map((each) => (
                      <span key={each}>
                        <Kbd keys={each} />
                        <span className="visually-hidden">{keysText(each)}</span>
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
    </Dialog>
  );
}
