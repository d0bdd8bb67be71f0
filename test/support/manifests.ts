import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parseAllDocuments } from 'yaml';

/** The fields of every Kubernetes object; the others depend on its kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** The fields of a pod's container that the tests read. */
export interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom: readonly {
    readonly configMapRef?: { readonly name: string };
    readonly secretRef?: { readonly name: string };
  }[];
  readonly livenessProbe?: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe?: { readonly httpGet: { readonly path: string } };
}

export const k8s = fileURLToPath(new URL('../../deploy/k8s/', import.meta.url));

/** The objects in a file, given its path under deploy/k8s. */
export function readManifests(file: string): Manifest[] {
  return parseManifests(readFileSync(join(k8s, file), 'utf8'));
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS() as Manifest;
  });
}

/** Every file under deploy/k8s except those of kustomize. */
export function manifestFiles(): string[] {
  return readdirSync(k8s, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml') && !file.endsWith('kustomization.yaml'))
    .sort();
}

/** The only container of a Deployment or Job. */
export function containerOf(manifest: Manifest): Container {
  const spec = manifest['spec'] as { template: { spec: { containers: Container[] } } };
  const [container, ...others] = spec.template.spec.containers;
  if (container === undefined || others.length > 0) {
    throw new Error('the manifest does not have exactly one container');
  }
  return container;
}
