// Triplets to read: y, y' and y0 side by side, what y' and y0 say otherwise than y marked.
import { element, fill, short } from '/charts.js';

const Page = 10;
const LongestCompared = 700;
const get = id => document.getElementById(id);
const state = { offset: 0, total: 0, asked: 0 };
let fetchJson;

export function start(fetcher) {
  fetchJson = fetcher;
  for (const id of ['triplet-run', 'triplet-iteration', 'triplet-sort']) {
    get(id).addEventListener('change', () => restart(id === 'triplet-run'));
  }
  let waiting;
  get('triplet-search').addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => restart(false), 250);
  });
  get('find').addEventListener('submit', event => event.preventDefault());
  get('previous').addEventListener('click', () => turn(-1));
  get('next').addEventListener('click', () => turn(1));
}

export function turn(pages) {
  const offset = state.offset + pages * Page;
  if (offset < 0 || offset >= state.total) return;
  state.offset = offset;
  load();
  get('find').scrollIntoView({ block: 'nearest' });
}

function restart(isOtherRun) {
  state.offset = 0;
  if (isOtherRun) get('triplet-iteration').replaceChildren();
  document.dispatchEvent(new CustomEvent('triplets'));
}

function options(select, values, wanted) {
  const now = [...select.options].map(option => option.value);
  if (JSON.stringify(now) === JSON.stringify(values.map(String))) return;
  const before = select.value;
  select.replaceChildren(...values.map(value => {
    const made = element('option', '', String(value));
    made.value = value;
    return made;
  }));
  select.value = now.length > 0 && values.map(String).includes(before) ? before : wanted ?? values.at(-1);
}

// Called when runs were chosen or changed.
export async function show(selected, overviews) {
  options(get('triplet-run'), selected, selected[0]);
  options(get('triplet-iteration'), overviews.get(get('triplet-run').value)?.tripletIterations ?? []);
  await load();
}

async function load() {
  const asked = ++state.asked;
  const [sort, order] = get('triplet-sort').value.split(' ');
  const query = new URLSearchParams({
    run: get('triplet-run').value, iteration: get('triplet-iteration').value, sort, order,
      search: get('triplet-search').value, offset: state.offset, count: Page,
  });
  const page = get('triplet-iteration').value === '' ? { total: 0, triplets: [] }
    : await fetchJson(`/api/triplets?${query}`);
  if (!page || asked !== state.asked) return;
  state.total = page.total;
  get('place').textContent = page.total === 0 ? 'none'
    : `${state.offset + 1} to ${state.offset + page.triplets.length} of ${page.total.toLocaleString('en')}`;
  get('previous').disabled = state.offset === 0;
  get('next').disabled = state.offset + Page >= page.total;
  fill(get('triplet-list'), page.triplets, () => page.triplets.map(card));
}

function card(triplet) {
  const facts = [triplet.u !== null && `u ${short(triplet.u)}`, triplet.v !== null && `v ${short(triplet.v)}`,
    triplet.step && `at step ${triplet.step}`].filter(Boolean).join(', ');
  const label = element('div', 'label', `Example ${triplet.index} `, element('span', '', facts));
  const text = value => { const made = element('div', 'text', value); made.dir = 'auto'; return made; };
  const y = triplet.annotated?.text ?? null;
  const columns = element('div', 'columns', null,
    column('y', 'annotated', triplet.annotated, null),
    ...(triplet.synthetic ? [column('y′', 'synthetic', triplet.synthetic, y)] : []),
    column('y0', triplet.synthetic ? 'proto-synthetic' : '= y′, proto-synthetic', triplet.protoSynthetic, y));
  return element('article', 'sample', null, element('div', 'prompt', null, label, text(triplet.prompt.trim())),
    columns);
}

function column(name, kind, response, against) {
  const made = element('div');
  if (!response) return element('div', '', null, element('div', 'label', name), element('div', 'none', 'not recorded'));
  const facts = [kind, response.tokens && `${response.tokens} tokens`];
  const logProb = response.logProb ?? response.sampledLogProb;
  if (logProb !== null && logProb !== undefined) facts.push(
    `${short(logProb)} nats${response.tokens ? `, ${short(logProb / response.tokens)} a token` : ''}`);
  if (response.finish === 'length') facts.push('cut at the length limit');
  const body = element('div', 'text');
  body.dir = 'auto';
  if (response.text.trim() === '') body.append(element('span', 'none', 'empty'));
  else body.append(...(against === null ? [response.text] : marked(against, response.text)));
  made.append(element('div', 'label', `${name} `, element('span', '', facts.filter(Boolean).join(', '))), body);
  return made;
}

const words = text => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];

// The words of the second text that a longest common subsequence does not share with the first.
function marked(first, second) {
  const [a, b] = [words(first), words(second)];
  if (a.length > LongestCompared || b.length > LongestCompared) return [second];
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const parts = [];
  const add = (isShared, word) => {
    const last = parts.at(-1);
    if (last && last.isShared === isShared) last.text += word;
    else parts.push({ isShared, text: word });
  };
  for (let i = 0, j = 0; j < b.length;) {
    if (i < a.length && a[i] === b[j]) { add(true, b[j]); i++; j++; }
    else if (i < a.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
    else { add(false, b[j]); j++; }
  }
  return parts.map(part => part.isShared || part.text.trim() === '' ? part.text : element('mark', '', part.text));
}
