/** What a browser adds to `fetch`: it keeps cookies, and says which page a change comes from. */

/** Fetches as a page of `origin` would. */
export function browser(origin: string, inner: typeof fetch = fetch): typeof fetch {
  const cookies = new Map<string, string>();
  return async (input, init) => {
    const request = new Request(input, init);
    if (cookies.size > 0) {
      request.headers.set('Cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    }
    if (!['GET', 'HEAD'].includes(request.method)) request.headers.set('Origin', origin);
    const response = await inner(request);
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = cookie.split(/; */);
      const [name = '', value = ''] = pair.split('=');
      if (attributes.includes('Max-Age=0')) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
}
