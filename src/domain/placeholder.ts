/** Words people write where a value belongs. */
const placeholderWord =
  /^(?:change[_-]?me.*|change[_-]?this.*|replace[_-]?(?:me|this|with).*|(?:your|my|some|the|an?)[_-].*(?:key|token|secret|password|here|value|url|id|name|host).*|.*[_-]here|example.*|.*[_.-]example(?:[_.-].*)?|placeholder.*|todo|tbd|fixme|dummy.*|fake.*|sample.*|redacted|insert[_-].*|put[_-].*|fill[_-].*|enter[_-].*|none|null|nil|undefined|n\/a|password|secret|token|key|value|x{3,}|\*{3,}|\.{3,}|-{3,}|_{3,}|0{8,})$/i;

/** `${VAR}`, `$VAR`, `{{ x }}`, `<x>`, `%VAR%`, `[x]`: filled in elsewhere. */
const reference =
  /^(?:\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|\{\{.*\}\}|<[^>]*>|%[A-Za-z_]\w*%|\[[^\]]*\]|op:\/\/.*|vault:.*|ref\+.*)$/;

/** Whether a value only stands where a real one belongs. Empty values are the caller's business. */
export function isPlaceholder(value: string): boolean {
  if (value.length > 200) return false;
  const words = value.trim();
  return reference.test(words) || placeholderWord.test(words) || /^(.)\1{3,}$/.test(words);
}
