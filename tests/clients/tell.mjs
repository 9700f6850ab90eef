// Where the service is and who asks, and a way to tell the test what the application saw.
export const { BILLING_URL: url, BILLING_TOKEN: token, BILLING_NUMBER: number } = process.env;

export const charge = JSON.parse(process.env.BILLING_CHARGE);

export const codes = (errors) => errors.map((error) => error.extensions.code);

/** Takes the steps one after another and prints what each gives, or how it failed. */
export async function tell(steps) {
  const seen = {};
  for (const [name, step] of Object.entries(steps)) {
    seen[name] = await step().catch((error) => ({ failed: error.stack }));
  }
  process.stdout.write(JSON.stringify(seen));
}
