import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Dialog } from './Dialog.tsx';
import { Select } from './Select.tsx';

afterEach(cleanup);

describe('a dialog whose focus is gone', () => {
  it('still closes by Escape, and lets no key act behind it', () => {
    const behind = vi.fn();
    window.addEventListener('keydown', behind);
    const closed = vi.fn();
    const body = (text: string) => (
      <Dialog title="New run" onClose={closed}>
        {text === '' ? <p>Empty</p> : <button type="button">Clear text</button>}
      </Dialog>
    );
    const { rerender } = render(body('long'));
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Clear text' }));
    act(() => rerender(body('')));
    expect(document.activeElement).toBe(document.body);
    fireEvent.keyDown(document.body, { key: 'k' });
    expect(document.activeElement).toBe(screen.getByRole('dialog'));
    act(() => document.body.focus());
    screen.getByRole('dialog').blur();
    fireEvent.keyDown(document.body, { key: 'Escape' });
    expect(closed).toHaveBeenCalledTimes(1);
    expect(behind).not.toHaveBeenCalled();
    window.removeEventListener('keydown', behind);
  });
});

describe('a select', () => {
  it('keeps the focus when an option is chosen with the mouse', () => {
    const chosen = vi.fn();
    const options = ['one', 'two'].map((value) => ({ value, text: value }));
    render(<Select label="Model" value="one" options={options} onChange={chosen} />);
    fireEvent.click(screen.getByRole('combobox', { name: 'Model' }));
    const option = screen.getByRole('option', { name: 'two' });
    // A mousedown that is prevented moves no focus.
    expect(fireEvent.mouseDown(option)).toBe(false);
    fireEvent.click(option);
    expect(chosen).toHaveBeenCalledWith('two');
  });
});
