"use strict";
{
  const places = 260;
  const numberOf = (text) => {
    const found = /^(-?)([0-9,]+)(?:\.([0-9]+))?(?: %)?$/.exec(text);
    if (found === null) return null;
    const digits = found[2].replaceAll(",", "") + (found[3] ?? "").padEnd(places, "0");
    return BigInt(digits) * (found[1] ? -1n : 1n);
  };
  const keyOf = (row, column, numeric) => {
    const text = row.cells[column].textContent;
    return numeric ? numberOf(text) : text === "" ? null : text;
  };
  const sort = (table, heads, column) => {
    const head = heads[column];
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const numeric = head.classList.contains("number");
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows, (row) => [keyOf(row, column, numeric), row]);
    keyed.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1);
    });
    body.append(...keyed.map(([, row]) => row));
  };
  const filter = (rows, asked, told) => {
    const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = Array.from(row.cells, (cell) => cell.textContent).join(" ").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    told.textContent = words.length ? `${shown} of ${rows.length} rows` : "";
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 2) continue;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, heads, column));
      head.append(button);
      head.setAttribute("aria-sort", "none");
    });
    if (rows.length < 6) continue;
    const tools = document.createElement("div");
    tools.className = "tools";
    const label = document.createElement("label");
    label.textContent = "Filter rows";
    const input = document.createElement("input");
    input.type = "search";
    const told = document.createElement("span");
    told.setAttribute("role", "status");
    input.addEventListener("input", () => filter(rows, input.value, told));
    label.append(input);
    tools.append(label, told);
    table.closest(".scroll").before(tools);
  }
}
