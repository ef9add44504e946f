import { describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY } from './content_policy.ts';
import { isOutsideLink, isTrusted, mayUse } from './window_policy.ts';

describe('what a page may do', () => {
  it('denies every permission but two, and those to nobody else', () => {
    const page = 'app://headscope/index.html';
    expect(mayUse('clipboard-sanitized-write', page)).toBe(true);
    expect(mayUse('fullscreen', page)).toBe(true);
    for (const permission of ['media', 'geolocation', 'notifications', 'openExternal', 'clipboard-read', 'hid', 'usb', '']) {
      expect(mayUse(permission, page)).toBe(false);
    }
    for (const url of ['https://example.com/', 'app://headscope.example/', 'app://headscope', '']) {
      expect(mayUse('fullscreen', url)).toBe(false);
    }
  });

  it('opens outside only https on hosts the interface links to', () => {
    expect(isOutsideLink('https://arxiv.org/abs/2407.02490')).toBe(true);
    for (const url of [
      'http://arxiv.org/',
      'https://arxiv.org.example.com/',
      'https://user@arxiv.org/',
      'https://example.com/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'not a url',
    ]) {
      expect(isOutsideLink(url)).toBe(false);
    }
  });

  it('listens to the interface’s top frame alone', () => {
    expect(isTrusted({ url: 'app://headscope/index.html', parent: null })).toBe(true);
    expect(isTrusted({ url: 'app://headscope/index.html', parent: {} })).toBe(false);
    expect(isTrusted({ url: 'https://example.com/', parent: null })).toBe(false);
    expect(isTrusted({ url: 'about:blank', parent: null })).toBe(false);
    expect(isTrusted({ url: '', parent: null })).toBe(false);
    expect(isTrusted(null)).toBe(false);
    expect(isTrusted(undefined)).toBe(false);
  });

  it('runs no inline code and asks no network', () => {
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|https?:|wss?:/);
    expect(CONTENT_SECURITY_POLICY).toContain("default-src 'none'");
  });
});
