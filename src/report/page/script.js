(function () {
  'use strict';
  var words = document.body;
  var number = /^-?[0-9][0-9,]*(\.[0-9]+)?$/;

  function each(list, act) { for (var at = 0; at < list.length; at += 1) { act(list[at], at); } }
  function text(row, column) { return row.cells[column] ? row.cells[column].textContent : ''; }
  function value(shown) { return number.test(shown) ? parseFloat(shown.replace(/,/g, '')) : null; }

  function compare(one, other) {
    if (one === '' || other === '') { return one === other ? 0 : (one === '' ? 1 : -1); }
    var a = value(one), b = value(other);
    if (a !== null && b !== null) { return a - b; }
    return one.localeCompare(other);
  }

  function sort(table, heading, column) {
    var down = heading.getAttribute('aria-sort') === 'ascending';
    var body = table.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows).map(function (row, place) { return [text(row, column), place, row]; });
    rows.sort(function (a, b) {
      // What is unknown stays last in either direction, and equal rows keep their order.
      var order = compare(a[0], b[0]);
      if (a[0] !== '' && b[0] !== '' && down) { order = -order; }
      return order || a[1] - b[1];
    });
    each(table.tHead.rows[0].cells, function (cell) { cell.removeAttribute('aria-sort'); });
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    each(rows, function (row) { body.appendChild(row[2]); });
  }

  function count(table, label) {
    var shown = 0, all = table.tBodies[0].rows;
    each(all, function (row) { if (row.style.display !== 'none') { shown += 1; } });
    label.textContent = words.getAttribute('data-shown').replace('{shown}', shown).replace('{all}', all.length);
  }

  var filters = [];
  each(document.querySelectorAll('table.data'), function (table) {
    each(table.tHead.rows[0].cells, function (cell, column) {
      var button = document.createElement('button');
      button.type = 'button';
      button.textContent = cell.textContent;
      cell.textContent = '';
      cell.appendChild(button);
      button.onclick = function () { sort(table, cell, column); };
    });
    if (table.tBodies[0].rows.length < 12) { return; }
    var line = document.createElement('p'), name = document.createElement('label');
    var input = document.createElement('input'), label = document.createElement('span');
    line.className = 'rows';
    name.textContent = words.getAttribute('data-filter') + ' ';
    input.type = 'text';
    input.setAttribute('aria-label', words.getAttribute('data-filter') + ' ' + table.caption.textContent);
    label.setAttribute('aria-live', 'polite');
    name.appendChild(input);
    line.appendChild(name);
    line.appendChild(label);
    table.parentNode.parentNode.insertBefore(line, table.parentNode);
    function filter(sought) {
      sought = sought.toLowerCase();
      each(table.tBodies[0].rows, function (row) {
        row.style.display = row.textContent.toLowerCase().indexOf(sought) < 0 ? 'none' : '';
      });
      count(table, label);
    }
    input.oninput = function () { filter(input.value); };
    filters.push(function (sought) { input.value = sought; filter(sought); });
  });
  var find = document.getElementById('find');
  if (find) {
    find.parentNode.parentNode.style.display = '';
    find.oninput = function () { each(filters, function (filter) { filter(find.value); }); };
  }
}());
