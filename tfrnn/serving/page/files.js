// Pictures that were chosen, as bytes for the server and as bitmaps for the page.

const MOST = 8 * 1024 * 1024; // bytes, as the server takes them

export async function opened(files) {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const subject = files.length === 1 ? "The picture is" : "The pictures are";
  if (size > MOST) throw new Error(`${subject} larger than 8 MiB.`);
  const bitmaps = Promise.all(files.map((file) => createImageBitmap(file)));
  const bytes = Promise.all(files.map(async (file) => ({ b64: await base64(file) })));
  return { bitmaps: await bitmaps, bytes: await bytes };
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(new Error("The picture cannot be read."));
    reader.readAsDataURL(file);
  });
}
