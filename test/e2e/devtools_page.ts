// One page of a program that was started with --remote-debugging-port, for what may not be driven otherwise: a packaged application
// whose fuses close Node's inspector.
import WebSocket from 'ws';

interface Answer {
  id?: number;
  /** The protocol's own failure: the page was navigating, for example. */
  error?: { message: string };
  result?: { result?: { value?: unknown }; exceptionDetails?: { text?: string; exception?: { description?: string } } };
}

export class DevtoolsPage {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const answer: Answer = JSON.parse(String(data));
      if (answer.id === undefined) return;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  /** The first page whose address starts so. `port`: of the debugger, on loopback. */
  static async find(port: number, address: string): Promise<DevtoolsPage> {
    for (;;) {
      const targets: { type: string; url: string; webSocketDebuggerUrl: string }[] = await (
        await fetch(`http://127.0.0.1:${port}/json/list`)
      ).json();
      const target = targets.find(({ type, url }) => type === 'page' && url.startsWith(address));
      if (target) {
        const socket = new WebSocket(target.webSocketDebuggerUrl);
        await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
        return new DevtoolsPage(socket);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The value of an expression, awaited if it is a promise. */
  async evaluate(expression: string): Promise<unknown> {
    const id = this.#nextId++;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      const params = { expression, awaitPromise: true, returnByValue: true };
      this.#socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    });
    if (answer.error) throw new Error(answer.error.message);
    const failure = answer.result?.exceptionDetails;
    if (failure) throw new Error(failure.exception?.description ?? failure.text ?? 'the page threw');
    return answer.result?.result?.value;
  }

  close(): void {
    this.#socket.close();
  }
}
