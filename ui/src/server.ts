/** The host of a server's address, with its port, for people to read. */
export function hostOf(server: string): string {
  return server.replace(/^https?:\/\//i, "").replace(/\/+$/, "");
}
