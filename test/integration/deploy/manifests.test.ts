import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { topicSettingsFromEnvironment } from '../../../src/config/topicSettings.js';
import { topics } from '../../../src/pipeline/contract/topics.js';
import { clusterReplication } from '../../../src/pipeline/runtime/replication.js';
import {
  containerOf,
  k8s,
  manifestFiles,
  parseManifests,
  readManifests,
  type Manifest,
} from '../../support/manifests.js';

/** The package with the models of an API group; that of the built-in groups by default. */
const packages: Readonly<Record<string, string>> = {
  'keda.sh': '@kubernetes-models/keda/',
  'kafka.strimzi.io': '@kubernetes-models/strimzi-kafka-operator/',
};

function modelOf({ apiVersion, kind }: Manifest): { module: string; kind: string } {
  const group = apiVersion.split('/')[0] ?? '';
  return { module: `${packages[group] ?? 'kubernetes-models/'}${apiVersion}`, kind };
}

/** The errors of the model's schema, in words; it accepts unknown fields. */
async function schemaErrors(manifests: readonly Manifest[]): Promise<string[]> {
  const errors = await Promise.all(manifests.map(schemaErrorsOf));
  return errors.flat();
}

async function schemaErrorsOf(manifest: Manifest): Promise<string[]> {
  const { module, kind } = modelOf(manifest);
  const models = (await import(module)) as Record<
    string,
    new (data: unknown) => { validate(): void }
  >;
  const Model = models[kind];
  if (Model === undefined) throw new Error(`no model of ${manifest.apiVersion} ${kind}`);
  try {
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${kind} ${manifest.metadata.name}: ${String(error)}`];
  }
}

/** The errors of the models' types, as TypeScript reports them: unknown fields above all. */
function typeErrors(manifests: readonly Manifest[]): string[] {
  const file = join(import.meta.dirname, 'manifests.generated.ts');
  const lines = manifests.map((manifest, index) => {
    const { module, kind } = modelOf(manifest);
    const type = `import('${module}').I${kind}`;
    return `export const m${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const source = ts.createSourceFile(file, lines.join('\n'), ts.ScriptTarget.ES2022);
  const inMemory: ts.CompilerHost = {
    ...host,
    fileExists: (path) => path === file || host.fileExists(path),
    getSourceFile: (path, ...rest) => (path === file ? source : host.getSourceFile(path, ...rest)),
  };
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, inMemory))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const files = manifestFiles();
const all = files.flatMap((file) => readManifests(file));
const isWorkload = ({ kind }: Manifest) => kind === 'Deployment' || kind === 'Job';

describe('the Kubernetes manifests', () => {
  it('match the schemas of Kubernetes, KEDA and Strimzi', async () => {
    expect(all.length).toBeGreaterThan(20);
    expect(await schemaErrors(all)).toEqual([]);
    expect(typeErrors(all)).toEqual([]);
  });

  it('fail the check with a misspelt or missing field, or one of the wrong type', async () => {
    const [deployment] = readManifests('services/event-ingestion/deployment.yaml');
    if (deployment === undefined) throw new Error('no deployment');
    const spec = deployment['spec'] as Record<string, unknown>;
    expect(typeErrors([{ ...deployment, spec: { ...spec, replicaz: 1 } }])[0]).toContain(
      'replicaz',
    );
    const wrong = { ...deployment, spec: { ...spec, replicas: 'two' } };
    const missing = { ...deployment, spec: { replicas: 1 } };
    expect(await schemaErrors([wrong, missing])).toHaveLength(2);
  });

  it('put all objects of the pipeline in the namespace gamemetrics', () => {
    const elsewhere = all
      .filter(({ kind, apiVersion }) => kind !== 'Namespace' && !apiVersion.startsWith('kafka.'))
      .filter(({ metadata }) => metadata.namespace !== 'gamemetrics');
    expect(elsewhere).toEqual([]);
  });

  it('have a labelled Deployment for each consumer, in the file that the guide names', () => {
    for (const service of ['logger', 'stats', 'leaderboard', 'dead-letter']) {
      const name = `event-consumer-${service}`;
      const [deployment] = readManifests(`services/${name}/deployment.yaml`);
      expect(deployment).toMatchObject({
        kind: 'Deployment',
        metadata: { name, labels: { component: 'consumer' } },
        spec: { template: { metadata: { labels: { component: 'consumer' } } } },
      });
    }
    expect(readManifests('services/event-ingestion/service.yaml')).toMatchObject([
      { kind: 'Service', metadata: { name: 'event-ingestion' }, spec: { ports: [{ port: 8080 }] } },
    ]);
  });

  it('run each pod without root and give it more time to stop than a role needs', () => {
    for (const workload of all.filter(isWorkload)) {
      expect(containerOf(workload)).toMatchObject({
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        resources: { requests: {}, limits: {} },
      });
      const { spec } = (workload['spec'] as { template: { spec: Record<string, unknown> } })
        .template;
      expect(spec).toMatchObject({ securityContext: { runAsNonRoot: true } });
      // A role takes up to 15 s (see commands/run), after the 5 s of a preStop hook.
      if (workload.kind === 'Deployment') {
        expect(spec['terminationGracePeriodSeconds']).toBeGreaterThan(20);
      }
    }
  });

  it('create the topics with the settings that the pipeline uses on a cluster', () => {
    const made = readManifests('components/strimzi/topics.yaml').map(({ metadata, ...rest }) => {
      const { partitions, replicas, config } = rest['spec'] as {
        partitions: number;
        replicas: number;
        config: Record<string, number>;
      };
      return {
        name: metadata.name,
        partitions,
        retentionMs: config['retention.ms'],
        replicationFactor: replicas,
        minInsyncReplicas: config['min.insync.replicas'],
      };
    });
    expect(made).toEqual(Object.values(topics).map((each) => ({ ...each, ...clusterReplication })));
  });

  it('use the same replication for topics that the pipeline creates itself', () => {
    const { patches } = parse(
      readFileSync(join(k8s, 'overlays/production/kustomization.yaml'), 'utf8'),
    ) as { patches: readonly { readonly patch: string }[] };
    const settings = patches.flatMap(({ patch }) => {
      const { data = {} } = parse(patch) as { data?: Record<string, string> };
      return topicSettingsFromEnvironment(data);
    });
    expect(settings).toEqual([clusterReplication]);
  });
});

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

describe.skipIf(!hasKubectl)('the overlays, as kubectl renders them', () => {
  it.each(['development', 'production'])('%s matches the schemas', async (overlay) => {
    const { status, stdout, stderr } = spawnSync(
      'kubectl',
      ['kustomize', join(k8s, 'overlays', overlay)],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const rendered = parseManifests(stdout);
    expect(rendered.filter(isWorkload)).toHaveLength(6);
    expect(await schemaErrors(rendered)).toEqual([]);
    expect(typeErrors(rendered)).toEqual([]);
  });
});
