// Drawing on a canvas of our own: sharp on every screen, hatched where colour alone would not do.

// Fits the canvas to its size on the page; answers what to draw with, in pixels of the page.
function sizeCanvas(canvas, width, height) {
  const dense = Math.min(3, globalThis.devicePixelRatio || 1);
  const [across, down] = [Math.round(width * dense), Math.round(height * dense)];
  if (canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const brush = canvas.getContext("2d");
  brush.setTransform(dense, 0, 0, dense, 0, 0);
  brush.clearRect(0, 0, width, height);
  return brush;
}

// Slanted strokes over a rectangle.
function hatch(brush, left, top, width, height, colour) {
  brush.save();
  brush.beginPath();
  brush.rect(left, top, width, height);
  brush.clip();
  brush.strokeStyle = colour;
  brush.lineWidth = 1.5;
  brush.beginPath();
  // Strokes stand at the same places of the page, so that neighbours do not shift.
  for (let x = left - height - ((left - height) % 7); x < left + width; x += 7) {
    brush.moveTo(x, top + height);
    brush.lineTo(x + height, top);
  }
  brush.stroke();
  brush.restore();
}

// A pattern of slanted strokes of one colour on another, to fill many bars at once.
function stripes(brush, ground, stroke) {
  const dense = Math.min(3, globalThis.devicePixelRatio || 1);
  const side = 6;
  const tile = document.createElement("canvas");
  tile.width = tile.height = side * dense;
  const inner = tile.getContext("2d");
  inner.scale(dense, dense);
  inner.fillStyle = ground;
  inner.fillRect(0, 0, side, side);
  inner.strokeStyle = stroke;
  inner.lineWidth = 1.4;
  inner.beginPath();
  for (const shift of [-side, 0, side]) {
    inner.moveTo(shift - 1, side + 1);
    inner.lineTo(shift + side + 1, -1);
  }
  inner.stroke();
  const pattern = brush.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / dense));
  return pattern;
}

let ruler = null;

// The width of a text in the page's letters.
function textWidth(text, size) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${size}px ${colours().sans}`;
  return ruler.measureText(text).width;
}

// The text cut to a width in the page's letters.
function fittedText(text, size, room) {
  textWidth("", size);
  return fitted(ruler, text, room);
}

// As much of the text as fits, in the brush's font; nothing if that is hardly a letter.
function fitted(brush, text, room) {
  const width = brush.measureText(text).width;
  if (width <= room) return text;
  const fits = Math.floor((room / width) * text.length) - 1;
  return fits < 2 ? "" : `${text.slice(0, fits)}…`;
}
