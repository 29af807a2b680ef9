import { describe, expect, it } from 'vitest';
import { tourPhase } from '../../../src-renderer/model/tour';

describe('where the tour goes on after the page was loaded again', () => {
  it('starts anew when the sample is gone, whatever was noted', () => {
    expect(tourPhase('broken', { hasSample: false, hasSnapshot: true })).toBe('start');
  });

  it('goes on with a sample or a snapshot that was made without being noted', () => {
    expect(tourPhase('start', { hasSample: true, hasSnapshot: false })).toBe('made');
    expect(tourPhase('made', { hasSample: true, hasSnapshot: true })).toBe('kept');
  });

  it('takes a snapshot again when it was deleted meanwhile', () => {
    expect(tourPhase('broken', { hasSample: true, hasSnapshot: false })).toBe('made');
  });

  it('believes what only the page can know: that it was broken, and rolled back', () => {
    const all = { hasSample: true, hasSnapshot: true };
    expect(tourPhase('broken', all)).toBe('broken');
    expect(tourPhase('whole', all)).toBe('whole');
  });
});
