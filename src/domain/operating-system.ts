/** `debian 10` of `debian 10.13`: the scanners name point releases differently, and an end of life is of the line. */
function lineOf(name: string): string {
  return name.replace(/^(\D*\d+)\..*$/s, '$1');
}

/** The release whose support ends as one: Ubuntu's and Alpine's have two numbers, others one. */
export function systemRelease(name: string): string {
  const twoNumbers = /^((?:ubuntu|alpine|opensuse\S*|photon)\s+\d+\.\d+)/i.exec(name)?.[1];
  return twoNumbers ?? lineOf(name);
}
