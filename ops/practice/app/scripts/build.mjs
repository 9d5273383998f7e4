// Builds src/ into dist/, beside the old one until it is whole: a failed build never breaks the running release.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const mode = process.env.CONCIERGE_FLAGS === 'inline' ? 'inline' : 'runtime'
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const inlined = (source) =>
  source.replace(/process\.env\.(NEXT_PUBLIC_\w+)/g, (_, name) => JSON.stringify(process.env[name]) ?? 'undefined')

rmSync('dist.new', { recursive: true, force: true })
for (const entry of readdirSync('src', { recursive: true })) {
  if (!entry.endsWith('.ts')) continue
  const target = join('dist.new', entry.replace(/\.ts$/, '.js'))
  const source = readFileSync(join('src', entry), 'utf8')
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, mode === 'inline' ? inlined(source) : source)
}
cpSync('public', 'dist.new/public', { recursive: true })

const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim()
const commit = git('rev-parse', 'HEAD')
const edited = git('status', '--porcelain') !== ''
writeFileSync('dist.new/build.json', JSON.stringify({ version, commit, edited, flags: mode, builtAt: new Date().toISOString() }) + '\n')

rmSync('dist', { recursive: true, force: true })
renameSync('dist.new', 'dist')
console.log(`built glowglitch ${version} (${commit.slice(0, 7)}${edited ? ', edited' : ''}), flags: ${mode}`)
