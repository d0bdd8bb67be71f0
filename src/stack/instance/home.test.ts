import { describe, expect, it } from 'vitest';

import { instanceDirectory, instancesHome } from './home.js';

describe('instanceDirectory', () => {
  it.each(['default', '0', 'a-b-3', 'x'.repeat(63)])('accepts %s', (name) => {
    expect(instanceDirectory('/home', name)).toBe(`/home/${name}`);
  });

  it.each(['', '-a', 'A', 'a b', '..', 'a/b', 'ä', 'a\n', 'x'.repeat(64)])('rejects %j', (name) => {
    expect(() => instanceDirectory('/home', name)).toThrow('is not a valid instance name');
  });
});

describe('instancesHome', () => {
  it('is .gamemetrics in the current folder, or GAMEMETRICS_HOME', () => {
    expect(instancesHome({}, '/folder')).toBe('/folder/.gamemetrics');
    expect(instancesHome({ GAMEMETRICS_HOME: '' }, '/folder')).toBe('/folder/.gamemetrics');
    expect(instancesHome({ GAMEMETRICS_HOME: 'there' }, '/folder')).toBe('/folder/there');
    expect(instancesHome({ GAMEMETRICS_HOME: '/there' }, '/folder')).toBe('/there');
  });
});
