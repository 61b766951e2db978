/**
 * Whether a variable's name says it holds a credential: the words of BuildKit's SecretsUsedInArgOrEnv check, bounded by
 * `_` or the ends, plus the vendors' spellings without `_`.
 */
const credentialWord =
  /(?:^|_)(?:apikey|auth|credential|credentials|key|password|pword|passwd|passphrase|pwd|secret|token|dsn)(?:_|\d|$)|(?:apikey|password|passwd|secretkey|accesskey|privatekey|accesstoken|authtoken)$/i;

/** Names that look the part and are public or say where, how long or how many rather than what. */
const harmlessName =
  /(?:^|_)(?:public|gpg_keys?|keyring|keyserver|key_?id|key_?file|keystore|keyboard|token_?(?:url|uri|file|path|ttl|expiry|limit|count|type|endpoint|budget)|max_tokens?|tokens?_(?:max|limit)|tokenizer|tokenizers_parallelism|auth_?(?:url|type|mode|method|enabled|provider|realm|host|endpoint|file|sock)|password_?(?:file|path|policy|min|length|hash_algorithm)|secret_?(?:name|file|path|store|arn|id)|credentials?_?(?:file|path|store|helper)|key_?(?:path|dir|size|length|type|prefix|name|algorithm)|api_?key_?(?:header|name|file|path)|ssh_auth_sock)(?:_|$)/i;

export function isCredentialName(name: string): boolean {
  return credentialWord.test(name) && !harmlessName.test(name);
}
