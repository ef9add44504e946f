/** What the program is about, as a drawing: kept sink, window and slashes below the diagonal, what they miss mirrored above it. Not data. */
export function PatternDrawing() {
  const size = 148;
  const slashes = [18, 40, 66, 97];
  const columns = [20, 52, 88];
  return (
    <svg className="lib-drawing" width={size} height={size} viewBox={`0 0 ${size} ${size}`} aria-hidden="true">
      <g className="lib-drawing-kept">
        <path d={`M0 0h5v${size}h-5z`} />
        <path d={`M0 0L${size} ${size}h-14L0 14z`} />
        {slashes.map((offset) => (
          <path key={offset} d={`M0 ${offset + 14}L${size - offset - 14} ${size}h-3L0 ${offset + 17}z`} opacity="0.75" />
        ))}
        {columns.map((column) => (
          <path key={column} d={`M${column} ${column}h2v${size - column}h-2z`} opacity="0.75" />
        ))}
      </g>
      <g className="lib-drawing-missed">
        {[30, 54, 78].map((offset) => (
          <path key={offset} d={`M${offset} 0L${size} ${size - offset}v-3L${offset + 3} 0z`} />
        ))}
        <path d="M92 34h16v16h-16zM58 12h10v10h-10zM120 62h12v12h-12z" />
      </g>
      <path className="lib-drawing-line" d={`M0 0L${size} ${size}`} />
    </svg>
  );
}
