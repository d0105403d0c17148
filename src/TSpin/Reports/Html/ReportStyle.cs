namespace TSpin.Reports.Html;

/// <summary>The page's style sheet. Colours are Okabe and Ito's, which the colour-blind can tell apart, darkened or lightened for contrast.</summary>
internal static class ReportStyle
{
    public static string Css { get; } = """
        :root{color-scheme:light dark;$LIGHT}
        @media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){$DARK}}
        :root[data-theme=dark]{color-scheme:dark;$DARK}
        :root[data-theme=light]{color-scheme:light}
        *{box-sizing:border-box}
        body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",sans-serif;-webkit-text-size-adjust:100%}
        main{max-width:1120px;margin:0 auto;padding:36px 24px 60px}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 .3em;letter-spacing:-.01em;overflow-wrap:anywhere}
        h2{font-size:1.25rem;margin:2.6em 0 .5em;padding-top:.9em;border-top:1px solid var(--rule)}
        h3{font-size:1rem;margin:1.6em 0 .4em}
        p{margin:.5em 0;max-width:72ch}
        .soft,figcaption span,.facts dt{color:var(--soft)}
        code,pre,.text{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.84rem}
        header{position:relative}
        #theme{position:absolute;right:0;top:0;border:1px solid var(--rule);background:var(--card);color:var(--soft);border-radius:6px;padding:.25em .7em;font:inherit;font-size:.8rem;cursor:pointer}
        .facts{display:flex;flex-wrap:wrap;gap:.35em 1.8em;margin:.8em 0 0;font-size:.92rem}
        .facts div{display:flex;gap:.45em}.facts dd{margin:0;overflow-wrap:anywhere}
        .headline{background:var(--tint);border-left:4px solid var(--accent);border-radius:4px;padding:1.1em 1.4em;margin:1.6em 0 0}
        .headline.good{border-color:var(--good)}.headline.bad{border-color:var(--bad)}
        .headline p{margin:.5em 0 0;max-width:92ch}
        .big{display:flex;flex-wrap:wrap;align-items:baseline;gap:.2em .55em;font-size:2.3rem;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums;letter-spacing:-.02em}
        .big small{font-size:1rem;font-weight:400;color:var(--soft);letter-spacing:0}
        .big .arrow{color:var(--soft);font-weight:400}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:.7em;margin:1em 0 0}
        .card{border:1px solid var(--rule);border-radius:6px;background:var(--card);padding:.6em .9em;font-variant-numeric:tabular-nums}
        .card b{display:block;font-size:1.08rem}.card span{font-size:.85rem;color:var(--soft)}
        .alarms{border:1px solid var(--bad);border-radius:6px;padding:.3em 1.2em .7em;margin-top:1.4em}
        .alarms h2{border:0;margin:.5em 0 .2em;padding:0;font-size:1.05rem;color:var(--bad)}
        .alarms ul{margin:.2em 0;padding-left:1.1em}
        .wide{overflow-x:auto;margin:.8em 0}
        table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;min-width:100%}
        th,td{padding:.38em .55em;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
        thead th{color:var(--soft);font-weight:500;border-bottom:1px solid var(--rule);vertical-align:bottom;white-space:normal}
        th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
        tr.first td{border-top:1px solid var(--rule)}
        table.plain{min-width:0}table.plain td{white-space:normal;text-align:left;overflow-wrap:anywhere}table.plain td:first-child{color:var(--soft);white-space:nowrap}
        .swatch{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.5em;background:var(--soft)}
        .figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,440px),1fr));gap:1.4em 1.6em;margin:.9em 0}
        figure{margin:0;min-width:0;break-inside:avoid}
        figcaption{font-weight:600;font-size:.95rem;line-height:1.4;margin-bottom:.35em}
        figcaption span{display:block;font-weight:400;font-size:.85rem}
        svg.chart{display:block;width:100%;height:auto;overflow:visible}
        svg text{font-family:inherit;font-size:12px;fill:var(--soft)}
        svg .legend{fill:var(--ink)}svg .mark-label{font-size:10px}
        .grid{stroke:var(--grid);fill:none}.axis{stroke:var(--soft);fill:none}.zero{stroke:var(--soft);stroke-width:.8;fill:none}
        .mark{stroke:var(--rule);stroke-dasharray:2 3;fill:none}
        .line{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}.line.dot{stroke-width:6}
        .d1{stroke-dasharray:7 4}.d2{stroke-dasharray:1.5 4}.d3{stroke-dasharray:9 4 2 4}.dot{stroke-dasharray:none}
        .thin{fill:none;stroke-width:1.4;opacity:.75}.whisker{fill:none;stroke-width:1.5}.marker{stroke:var(--bg);stroke-width:.8}
        .band{opacity:.16}.reference{stroke:var(--soft);stroke-dasharray:5 4;fill:none;stroke-width:1.4}.reference-band{fill:var(--soft);opacity:.12}
        .cloud{fill:none;stroke-width:4.4;stroke-linecap:round;opacity:.55}.crosses{fill:none;stroke:var(--c1);stroke-width:1.3}.quadrant{fill:var(--c1);opacity:.08}
        .s0{stroke:var(--c0)}.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}.s5{stroke:var(--c5)}.s6{stroke:var(--c6)}.s7{stroke:var(--c7)}
        .f0{fill:var(--c0)}.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}.f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}
        .b0{background:var(--c0)}.b1{background:var(--c1)}.b2{background:var(--c2)}.b3{background:var(--c3)}.b4{background:var(--c4)}.b5{background:var(--c5)}.b6{background:var(--c6)}.b7{background:var(--c7)}
        .sample{border:1px solid var(--rule);border-radius:6px;background:var(--card);margin:1em 0;overflow:hidden;break-inside:avoid}
        .sample .prompt{padding:.7em 1em;background:var(--tint);border-bottom:1px solid var(--rule)}
        .columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,180px),1fr))}
        .columns>div{padding:.7em 1em;border-left:1px solid var(--grid);margin-left:-1px;min-width:0}
        .label{font-size:.82rem;font-weight:600;margin-bottom:.3em}.label span{font-weight:400;color:var(--soft)}
        .label .right{color:var(--good);white-space:nowrap}.label .wrong{color:var(--bad);white-space:nowrap}
        .text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;line-height:1.45;max-height:24em;overflow-y:auto}
        .none{color:var(--soft);font-style:italic}
        pre{background:var(--card);border:1px solid var(--rule);border-radius:6px;padding:.9em 1.1em;overflow-x:auto;line-height:1.45}
        details{margin:1em 0}summary{cursor:pointer;font-weight:600}
        footer{margin-top:3.5em;border-top:1px solid var(--rule);padding-top:.8em;font-size:.85rem;color:var(--soft)}
        #tip{position:fixed;z-index:9;pointer-events:none;background:var(--card);color:var(--ink);border:1px solid var(--rule);border-radius:5px;padding:.3em .6em;font-size:.8rem;line-height:1.4;white-space:pre;box-shadow:0 2px 8px #0003;font-variant-numeric:tabular-nums;display:none}
        @media (max-width:600px){main{padding:22px 16px 40px}h1{font-size:1.4rem;padding-right:4.2em}.big{font-size:1.8rem}.headline{padding:.9em 1em}svg text{font-size:13px}.columns>div+div{border-top:1px solid var(--grid)}}
        @media print{:root,:root[data-theme]{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--rule:#bbb;--grid:#ddd;--accent:#0072b2;--good:#00734f;--bad:#b03a00;--tint:#f4f6f8;--c0:#0072b2;--c1:#d55e00;--c2:#00966e;--c3:#b0508a;--c4:#a87900;--c5:#3f9bd8;--c6:#505050;--c7:#7d5a2f}
        body{font-size:10.5pt}main{max-width:none;padding:0}#theme,#tip{display:none!important}.text{max-height:none}pre{white-space:pre-wrap}h2,h3{break-after:avoid}.figures{grid-template-columns:1fr 1fr;gap:1em}.headline,.band,.reference-band,.quadrant,.swatch{print-color-adjust:exact;-webkit-print-color-adjust:exact}main .wide{overflow:visible}main .wide table{font-size:6.8pt}main .wide th,main .wide td{padding:.25em .3em}}
        """.Replace("$LIGHT", Palette.Light, StringComparison.Ordinal).Replace("$DARK", Palette.Dark, StringComparison.Ordinal);
}
