import { describe } from 'vitest';
import { type ImageName, imageExists } from './image.ts';
import { missingForMachines } from './needs.ts';

const SUITES: readonly ImageName[] = ['bookworm', 'trixie'];

type Body = (image: ImageName) => void;

function reasonToSkip(image: ImageName): string | null {
  return missingForMachines() ?? (imageExists(image) ? null : `needs the image ${image}`);
}

function describeImages(title: string, images: readonly ImageName[], body: Body): void {
  for (const image of images) {
    const reason = reasonToSkip(image);
    if (reason === null) {
      describe(`${title} (${image})`, () => body(image));
    } else if (process.env.CI === 'true') {
      throw new Error(`${title} (${image}) must not be skipped in CI: ${reason}`);
    } else {
      describe.skip(`${title} (${image}), skipped: ${reason}`, () => body(image));
    }
  }
}

/** A group of tests for booted machines, once for each image; skipped where they cannot run, with the reason in the title. */
export function describeMachine(title: string, body: Body, images = SUITES): void {
  describeImages(title, images, body);
}

/** The same for an overlay without a service manager. */
export function describeOverlay(title: string, body: Body, images = SUITES): void {
  describeImages(title, images, body);
}

/** A group of tests for throwaway overlays of this very host. */
export function describeHost(title: string, body: () => void): void {
  const reason = missingForMachines();
  if (reason === null) describe(title, body);
  else if (process.env.CI === 'true') throw new Error(`${title} must not be skipped in CI: ${reason}`);
  else describe.skip(`${title}, skipped: ${reason}`, body);
}
